/** What answers no page, or asks for the login again; also below a language, which a router takes off. */
const NO_PLACE = /^(\/(en|ko))?\/(\/|(api|login)(\/|$))/i;

/**
 * Reads where to go after login: a path of this site, else `/notes`.
 *
 * Resolved against an origin that cannot exist, so that whatever the URL parser does with backslashes,
 * tabs or `//` is judged by its outcome and not by a pattern of ours.
 *
 * @see RFC 9700 §4.11 (open redirection)
 */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return '/notes';
  const base = 'http://reseal.invalid';
  try {
    const url = new URL(value, base);
    const path = url.pathname + url.search + url.hash;
    // A router decodes what it is given: `/%6cogin` is the login page too.
    const asRead = url.pathname.replace(/%([0-7][0-9a-f])/gi, (_, hex) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
    if (url.origin !== base || path.startsWith('//') || NO_PLACE.test(asRead)) return '/notes';
    return path;
  } catch {
    return '/notes';
  }
}
