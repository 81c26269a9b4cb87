/** Paths that answer no page, or ask for the login again; also below a language, which a router takes off. */
const NO_PLACE = /^(\/(en|ko))?\/(\/|(api|login)(\/|$))/i;
/** Two languages in a row name no page, and each router or link that takes one off leaves another path. */
const NESTED = /^\/(en|ko)\/(en|ko)(\/|$)/i;

/**
 * Reads where to go after login: a path of this site, else `/notes`.
 *
 * It is resolved against an origin that cannot exist, so that what the URL parser makes of backslashes, tabs or `//` is
 * judged by its result and not by a pattern of ours.
 *
 * @see RFC 9700 §4.11 (open redirection)
 */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return '/notes';
  const base = 'http://reseal.invalid';
  try {
    const url = new URL(value, base);
    const path = url.pathname + url.search + url.hash;
    const decoded = decodeLetters(url.pathname);
    const isNoPlace = NO_PLACE.test(decoded) || NESTED.test(decoded);
    return url.origin !== base || path.startsWith('//') || isNoPlace ? '/notes' : path;
  } catch {
    return '/notes';
  }
}

/** Decodes ASCII as routers do, one after the other: `/%6cogin` is the login page, and so is `/%256cogin` behind two. */
function decodeLetters(path: string): string {
  const decoded = path.replace(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return decoded === path ? path : decodeLetters(decoded);
}
