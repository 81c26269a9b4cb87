import { createHash } from 'node:crypto';

/** Passwords by number, as iron-session wants them. */
export type PasswordMap = Record<string, string>;

export interface Keyring {
  /** The newest password alone: what seals. */
  readonly seal: PasswordMap;
  /** Every password: what opens. */
  readonly open: PasswordMap;
}

/**
 * Derives the number of each password from the password itself; the first one given is the newest.
 *
 * Numbered by position, adding or dropping a password renumbers the others and signs everybody out.
 */
export function keyringOf(passwords: readonly [string, ...string[]]): Keyring {
  const open = Object.fromEntries(passwords.map((password) => [numberOf(password), password]));
  return { seal: { [numberOf(passwords[0])]: passwords[0] }, open };
}

/** 32 bits of a labelled hash; the seal around it is the better oracle for whoever would guess. */
function numberOf(password: string): string {
  return String(
    createHash('sha256').update('reseal:password-number:').update(password).digest().readUInt32BE(0),
  );
}
