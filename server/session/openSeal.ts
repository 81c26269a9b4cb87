import { createDecipheriv, createHmac, createSecretKey, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import type { PasswordMap } from '../settings/keyring.ts';

const PREFIX = 'Fe26.2';
const KEY_BYTES = 32;
const MAC_BYTES = 32;
/** How long past its expiry a seal is still accepted, as iron-session does. */
const SKEW_MS = 60_000;

/**
 * The format derives its keys in one round: the passwords are random, not chosen by people. As a key object, because
 * Node takes 15 µs to make one of a buffer inside each cipher and MAC, and less than one outside.
 */
const keyOf = (password: string, salt: string) =>
  createSecretKey(pbkdf2Sync(password, salt, 1, KEY_BYTES, 'sha1'));

/**
 * Opens a Fe26.2 seal; `null` where no password of the map sealed exactly this, or where it has expired.
 *
 * iron-session defines and writes the seal, with Web Crypto, whose every call crosses a thread; `node:crypto` opens
 * the same seal in a quarter of the time. A property test compares the two on good and on mutated seals.
 *
 * @param seal without the version that iron-session appends (`~2`)
 * @see https://github.com/hapijs/iron#seal-format
 */
export function openSeal(seal: string, passwords: PasswordMap, nowMs: number): unknown {
  const parts = seal.split('*');
  if (parts.length !== 8) return null;
  const [prefix, id = '', salt = '', iv = '', encrypted = '', expiration = '', macSalt = '', mac = ''] =
    parts;
  const password = Object.hasOwn(passwords, id) ? passwords[id] : undefined;
  if (prefix !== PREFIX || password === undefined || isExpired(expiration, nowMs)) return null;

  const signed = seal.slice(0, seal.length - macSalt.length - mac.length - 2);
  const expected = createHmac('sha256', keyOf(password, macSalt)).update(signed).digest();
  const given = Buffer.from(mac, 'base64url');
  if (given.length !== MAC_BYTES || !timingSafeEqual(given, expected)) return null;

  // What passed was sealed by us, but perhaps by another writer of the format.
  try {
    const decipher = createDecipheriv('aes-256-cbc', keyOf(password, salt), Buffer.from(iv, 'base64url'));
    // As bytes: Node takes 12 µs more to read base64url, and to write UTF-8, inside the cipher.
    const bytes = [decipher.update(Buffer.from(encrypted, 'base64url')), decipher.final()];
    return JSON.parse(Buffer.concat(bytes).toString()) as unknown;
  } catch {
    return null;
  }
}

function isExpired(expiration: string, nowMs: number): boolean {
  if (expiration === '') return false;
  return !/^[1-9]\d*$/.test(expiration) || Number(expiration) <= nowMs - SKEW_MS;
}
