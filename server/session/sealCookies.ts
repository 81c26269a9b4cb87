import { parseCookie, stringifySetCookie } from 'cookie';
import type { CookieJar } from 'iron-session';

/** iron-session never writes more. */
const CHUNKS = 4;

/**
 * Reads a `Cookie` header: values as they were sent, and of several cookies with one name the last.
 *
 * On http a page below a path, or another port of the same host, can plant a cookie of our name. Ours has `Path=/`, and
 * browsers send longer paths first. On https the prefix of our names keeps such cookies out.
 *
 * @see RFC 6265 §5.4, RFC 6265bis §4.1.3
 */
export function readCookies(cookieHeader = ''): ReturnType<typeof parseCookie> {
  // The parser keeps the first.
  return parseCookie(cookieHeader.split(';').reverse().join(';'), { decode: (raw) => raw });
}

/** What a `Cookie` header brings under the name of the seal. */
export interface BroughtSeal {
  /** The last whole value that has the form of a seal, else what the chunks make; '' where there is neither. */
  readonly value: string;
  /** Whether it has the form of a seal. */
  readonly isSeal: boolean;
}

/** Reads the seal from a `Cookie` header; looks at the form of each candidate once, because that takes 3 µs. */
export function readSealValue(
  name: string,
  cookieHeader = '',
  isSeal: (value: string) => boolean = Boolean,
): BroughtSeal {
  const cookies = readCookies(cookieHeader);
  const whole = cookies[name];
  if (whole !== undefined) {
    const seal = isSeal(whole) ? whole : earlierSeal(name, cookieHeader, isSeal);
    if (seal !== undefined) return { value: seal, isSeal: true };
  }
  let chunks = '';
  for (let index = 0; index < CHUNKS; index += 1) {
    const chunk = cookies[`${name}.${index}`];
    if (!chunk) break;
    chunks += chunk;
  }
  return chunks ? { value: chunks, isSeal: isSeal(chunks) } : { value: whole ?? '', isSeal: false };
}

/** Looks for a seal before a cookie of the same name that is none. */
function earlierSeal(
  name: string,
  cookieHeader: string,
  isSeal: (value: string) => boolean,
): string | undefined {
  const parts = cookieHeader.split(';').map((part) => part.trim());
  const values = parts
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return values.findLast(isSeal);
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
