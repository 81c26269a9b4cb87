import { parseCookie, stringifySetCookie } from 'cookie';
import type { CookieJar } from 'iron-session';

/** iron-session never writes more. */
const CHUNKS = 4;

/** Reads the seal from a `Cookie` header as it was sent: whole, or put together from its chunks; '' where there is none. */
export function readSealValue(name: string, cookieHeader: string | undefined): string {
  const cookies = parseCookie(cookieHeader ?? '', { decode: (raw) => raw });
  if (cookies[name]) return cookies[name];
  let value = '';
  for (let index = 0; index < CHUNKS; index += 1) {
    const chunk = cookies[`${name}.${index}`];
    if (!chunk) break;
    value += chunk;
  }
  return value;
}

/** A jar for iron-session that only writes: `opening` until the empty session was read from it. */
export interface CollectingJar extends CookieJar {
  /** `Set-Cookie` values. */
  readonly written: string[];
  /** The seal as it will come back: whole, or put together from its chunks. */
  value: string;
  opening: boolean;
}

/**
 * Collects what iron-session writes.
 *
 * It clears only cookies that the request brought; but chunks of an older answer may have arrived since, and
 * one stale chunk behind the new ones makes the seal unreadable. So when the seal is chunked every other name
 * counts as present. An unchunked one is read first, whatever lies beside it.
 */
export function collectingJar(name: string, cookieHeader: string | undefined): CollectingJar {
  const present = parseCookie(cookieHeader ?? '');
  let chunked = false;
  const jar: CollectingJar = {
    written: [],
    value: '',
    opening: true,
    read: (cookie) => {
      if (jar.opening) return undefined;
      return chunked ? 'present' : present[cookie];
    },
    write: (cookie, value, { maxAge, ...options }) => {
      if (cookie === `${name}.0` && value !== '') chunked = true;
      jar.value += value;
      const age = maxAge === undefined ? {} : { maxAge };
      jar.written.push(stringifySetCookie({ ...options, ...age, name: cookie, value }));
    },
  };
  return jar;
}
