import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { SealedSession, TokenPair } from '../session/record.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Makes the key of a session's boxes: 32 random bytes, base64url. It lives in the seal alone. */
export function newBoxKey(): string {
  return randomBytes(32).toString('base64url');
}

/** As a key object: Node takes 15 µs to make one of a buffer inside each cipher. */
const keyOf = (boxKey: string) => createSecretKey(boxKey, 'base64url');

/**
 * Encrypts a pair for the record, bound to its session and version, so that a dump of the store yields
 * nothing and no box can be passed off as another's.
 *
 * @returns base64url of nonce, ciphertext and tag
 * @see NIST SP 800-38D (GCM): a fresh 96-bit nonce per box
 */
export function closeBox(pair: TokenPair, boxKey: string, id: string, version: number): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(boxKey), nonce);
  cipher.setAAD(Buffer.from(`${id}.${version}`));
  return Buffer.concat([
    nonce,
    cipher.update(JSON.stringify(pair)),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString('base64url');
}

/**
 * Opens a box; `null` where it was closed with another key, for another session or version, or is damaged.
 */
export function openBox(box: string, boxKey: string, id: string, version: number): TokenPair | null {
  const bytes = Buffer.from(box, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(boxKey), bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(`${id}.${version}`));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString()) as TokenPair;
  } catch {
    return null;
  }
}

/**
 * Makes what opens boxes for seals, the same box for the same seal once: none of the two ever changes.
 *
 * What was opened is forgotten with its seal, and frozen, for it is handed to every request that brings that seal.
 */
export function createBoxOpener() {
  const opened = new WeakMap<SealedSession, { box: string; version: number; pair: TokenPair }>();
  return (seal: SealedSession, box: string, version: number): TokenPair | null => {
    const known = opened.get(seal);
    if (known?.box === box && known.version === version) return known.pair;
    const pair = openBox(box, seal.boxKey, seal.id, version);
    if (pair) opened.set(seal, { box, version, pair: Object.freeze(pair) });
    return pair;
  };
}
