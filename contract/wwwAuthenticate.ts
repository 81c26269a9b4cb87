/** An `error` parameter, or any other quoted text: consumed whole, so that text inside it is never read as a name. */
const ERROR_OR_TEXT = /(?:^|[\s,])error\s*=\s*["']?([\w-]+)["']?|"(?:\\.|[^"\\])*"/gi;

/**
 * Reports whether a 401 asks for a refresh: some challenge says `invalid_token`, or none names an error.
 *
 * Every scheme counts (`Bearer`, `DPoP`), in any case; several header lines may come as an array.
 *
 * @see RFC 9110 §11.6.1 (grammar), RFC 6750 §3.1 (error codes)
 */
export function isTokenExpired(wwwAuthenticate: string | readonly string[] | null | undefined): boolean {
  const codes = [...String(wwwAuthenticate ?? '').matchAll(ERROR_OR_TEXT)].flatMap(([, code]) => code ?? []);
  return !codes.length || codes.some((code) => /^invalid_token$/i.test(code));
}
