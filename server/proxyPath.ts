/** Encodings and characters that two parsers may read differently; `%25` would hide them from us and not from the next. */
const AMBIGUOUS = /%(?:2f|5c|2e|25|3b|7f|[01][0-9a-f])|\/\/|[;\\#]|[^\x21-\x7e]/i;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;
const MALFORMED_ESCAPE = /%(?![0-9a-f]{2})/i;

/**
 * Decides which upstream path a request target of the proxy stands for; `null` where it is not allowed.
 *
 * Works on the raw target: what is checked here is, character for character, what is sent. Prefixes are
 * compared by whole segments, `/notes` allows `/notes/1` and not `/notes2`. `excluded` paths (the issuer's own)
 * are refused whatever their case, because an upstream may not care for case.
 *
 * @param target the raw `req.url`, such as `/api/upstream/notes?limit=2`
 * @returns path and query as they are to be sent
 * @see CWE-22, CWE-918
 */
export function upstreamTarget(
  target: string,
  allowed: readonly string[],
  excluded: readonly string[],
): { readonly path: string; readonly query: string } | null {
  if (!target.startsWith('/api/upstream/')) return null;
  const rest = target.slice('/api/upstream'.length);
  const mark = rest.indexOf('?');
  const path = mark === -1 ? rest : rest.slice(0, mark);
  const query = mark === -1 ? '' : rest.slice(mark);
  if (AMBIGUOUS.test(path) || MALFORMED_ESCAPE.test(path) || DOT_SEGMENT.test(path)) return null;
  // The query is the upstream's business, but a control character or a fragment is nobody's.
  if (/[^\x21-\x7e]|#/.test(query)) return null;
  const lower = path.toLowerCase();
  if (excluded.some((prefix) => isUnder(lower, prefix.toLowerCase()))) return null;
  return allowed.some((prefix) => isUnder(path, prefix)) ? { path, query } : null;
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
