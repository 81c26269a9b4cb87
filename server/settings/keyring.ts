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
 * Numbers by position would change when a password is added or dropped, and end every session.
 */
export function keyringOf(passwords: readonly [string, ...string[]]): Keyring {
  const open = Object.fromEntries(passwords.map((password) => [numberOf(password), password]));
  return { seal: { [numberOf(passwords[0])]: passwords[0] }, open };
}

/** 32 bits of a labelled hash. It tells an attacker nothing new: a seal alone is enough to check a guess of the password. */
function numberOf(password: string): string {
  return String(
    createHash('sha256').update('reseal:password-number:').update(password).digest().readUInt32BE(0),
  );
}
