import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import type { VirtualTime } from './time.ts';

interface RawKey {
  readonly raw: Uint8Array;
}
type Bytes = Uint8Array;

/**
 * The algorithms that iron-webcrypto asks of WebCrypto, without its thread pool: what comes back from there comes back
 * in an order of its own, and no history would be the same twice.
 */
const subtle = {
  importKey: async (_: string, raw: Bytes): Promise<RawKey> => ({ raw }),
  deriveKey: async ({ salt, iterations }: { salt: Bytes; iterations: number }, { raw }: RawKey) => ({
    raw: pbkdf2Sync(raw, salt, iterations, 32, 'sha1'),
  }),
  encrypt: async ({ iv }: { iv: Bytes }, { raw }: RawKey, data: Bytes) => {
    const cipher = createCipheriv('aes-256-cbc', raw, iv);
    return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
  },
  decrypt: async ({ iv }: { iv: Bytes }, { raw }: RawKey, data: Bytes) => {
    const decipher = createDecipheriv('aes-256-cbc', raw, iv);
    return new Uint8Array(Buffer.concat([decipher.update(data), decipher.final()]));
  },
  sign: async (_: string, { raw }: RawKey, data: Bytes) =>
    new Uint8Array(createHmac('sha256', raw).update(data).digest()),
  verify: async (_: string, { raw }: RawKey, mac: Bytes, data: Bytes) => {
    const expected = createHmac('sha256', raw).update(data).digest();
    return mac.length === expected.length && timingSafeEqual(mac, expected);
  },
};

/** A small seeded generator, uniform in [0, 1). @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs `work` in a simulation without chance, thread pool and real time; everything is as before afterwards. */
export async function inVirtualSurroundings<T>(
  time: VirtualTime,
  random: () => number,
  unheard: (error: unknown) => void,
  work: () => Promise<T>,
): Promise<T> {
  const real = {
    random: Math.random,
    timeout: AbortSignal.timeout,
    dateNow: Date.now,
    stack: Error.stackTraceLimit,
  };
  Object.defineProperty(globalThis.crypto, 'subtle', { value: subtle, configurable: true });
  // No one reads these stacks, and a history of refusals makes thousands.
  Error.stackTraceLimit = 0;
  Math.random = random;
  Date.now = () => time.nowMs;
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    time.in(ms, () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')));
    return controller.signal;
  };
  process.on('unhandledRejection', unheard);
  try {
    return await work();
  } finally {
    process.off('unhandledRejection', unheard);
    Reflect.deleteProperty(globalThis.crypto, 'subtle');
    Error.stackTraceLimit = real.stack;
    Math.random = real.random;
    Date.now = real.dateNow;
    AbortSignal.timeout = real.timeout;
  }
}
