/** One `name=value` of a challenge. A quoted value is consumed whole, so that text inside it is never read as a name. */
const AUTH_PARAM = /(?:^|[\s,])([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/g;

/**
 * Reports whether a 401 asks for a refresh: some challenge says `invalid_token`, or none names an error.
 *
 * Every scheme counts (`Bearer`, `DPoP`), in any case; several header lines may come as an array.
 *
 * @see RFC 9110 §11.6.1 (grammar), RFC 6750 §3.1 (error codes)
 */
export function isTokenExpired(wwwAuthenticate: string | readonly string[] | null | undefined): boolean {
  const errors: string[] = [];
  for (const [, name, quoted, bare] of String(wwwAuthenticate ?? '').matchAll(AUTH_PARAM)) {
    const code = /[\w-]+/.exec((quoted ?? bare ?? '').replace(/\\(.)/g, '$1'));
    if (name?.toLowerCase() === 'error' && code) errors.push(code[0].toLowerCase());
  }
  return !errors.length || errors.includes('invalid_token');
}
