import { parseCookie, stringifySetCookie } from 'cookie';
import type { CookieJar } from 'iron-session';

/** iron-session never writes more. */
const CHUNKS = 4;

/** Answers every value of a cookie as it was sent, in the order of the header. */
function valuesOf(name: string, cookieHeader: string): readonly string[] {
  const parts = cookieHeader.split(';').map((part) => part.trim());
  return parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
}

/**
 * Answers the value of a cookie as it was sent; of several with one name the last, `undefined` where there is none.
 *
 * On http a page below a path, or another port of the same host, can plant a cookie of our name. Ours has `Path=/`, and
 * browsers send longer paths first. On https the prefix of our names keeps such cookies out.
 *
 * @see RFC 6265 §5.4, RFC 6265bis §4.1.3
 */
export function readCookie(name: string, cookieHeader: string): string | undefined {
  return valuesOf(name, cookieHeader).at(-1);
}

/**
 * Reads the seal from a `Cookie` header: the last whole value that has the form of a seal, else put together from its
 * chunks; '' where there is none.
 */
export function readSealValue(
  name: string,
  cookieHeader = '',
  isSeal: (value: string) => boolean = Boolean,
): string {
  const whole = valuesOf(name, cookieHeader);
  const seal = whole.findLast(isSeal);
  if (seal !== undefined) return seal;
  let chunks = '';
  for (let index = 0; index < CHUNKS; index += 1) {
    const chunk = readCookie(`${name}.${index}`, cookieHeader);
    if (!chunk) break;
    chunks += chunk;
  }
  return chunks || (whole.at(-1) ?? '');
}

/** A jar for iron-session that only writes; `opening` while iron-session reads the empty session from it. */
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
 * It clears only cookies that the request brought; but chunks of an older answer may have arrived since, and one stale
 * chunk behind the new ones makes the seal unreadable. So when the seal is chunked every other name counts as present.
 * An unchunked seal is read first, whatever stands beside it.
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
