/** Encodings and characters that two parsers may read differently; `%25` would hide them from us and not from the next. */
const AMBIGUOUS = /%(?:2f|5c|2e|25|3b|7f|[01][0-9a-f])|\/\/|[;\\#]|[^\x21-\x7e]/i;
/** A path that every parser reads alike, and that folding leaves as it is. */
const PLAIN = /^[a-z\d/_-]+$/;
/** Dot segments, and what one parser more would make of a path or of a look-alike of a dot or a slash. @see CWE-176 */
const CROOKED_WHEN_READ = /\\|\/\/|(?:^|\/)\s*\.{1,2}\s*(?:\/|$)/;

/** What decides whether a path may be called. */
export interface PathRules {
  /** Path prefixes that the proxy forwards, each with a leading and without a trailing slash. */
  readonly paths: readonly string[];
  /** The issuer's own paths, which it never forwards. */
  readonly issuerPaths: readonly string[];
}

/** Where a call goes: an upstream, and path and query as they are to be sent. */
export interface Target<U> {
  readonly upstream: U;
  readonly path: string;
  readonly query: string;
}

/**
 * Makes what finds the upstream whose path prefixes a path is under; `null` where it is under none.
 *
 * Prefixes are compared by whole segments: `/notes` allows `/notes/1` and not `/notes2`. One lookup for each segment of
 * the path, up to the depth of the deepest prefix: further upstreams cost nothing.
 */
export function createPathTable<U extends Pick<PathRules, 'paths'>>(
  upstreams: readonly U[],
): (path: string) => U | null {
  const byPrefix = new Map(upstreams.flatMap((upstream) => upstream.paths.map((path) => [path, upstream])));
  const deepest = Math.max(...[...byPrefix.keys()].map((path) => path.split('/').length - 1));
  return (path) => {
    let end = 0;
    for (let depth = 1; depth <= deepest && end !== path.length; depth += 1) {
      const slash = path.indexOf('/', end + 1);
      end = slash === -1 ? path.length : slash;
      const found = byPrefix.get(path.slice(0, end));
      if (found) return found;
    }
    return null;
  };
}

/**
 * Makes what decides which upstream, and which of its paths, a request target of the proxy stands for; `null` where it
 * is not allowed.
 *
 * Works on the raw target, such as `/api/upstream/notes?limit=2`: what is checked here is, character for character,
 * what is sent. The issuer's own paths are refused however they are written, because an upstream may not care for case
 * and decodes what it gets.
 *
 * @see CWE-22, CWE-918
 */
export function createTargetFinder<U extends PathRules>(
  upstreams: readonly U[],
): (target: string) => Target<U> | null {
  const upstreamOf = createPathTable(upstreams);
  const excluded = new Map(upstreams.map((upstream) => [upstream, upstream.issuerPaths.map(fold)]));
  return (target) => {
    if (!target.startsWith('/api/upstream/')) return null;
    const rest = target.slice('/api/upstream'.length);
    const mark = rest.indexOf('?');
    const path = mark === -1 ? rest : rest.slice(0, mark);
    const query = mark === -1 ? '' : rest.slice(mark);
    if (AMBIGUOUS.test(path)) return null;
    const meaning = PLAIN.test(path) ? path : readAsWritten(path);
    if (meaning === null) return null;
    // The query is the upstream's business, but no query has a control character or a fragment.
    if (/[^\x21-\x7e]|#/.test(query)) return null;
    const upstream = upstreamOf(path);
    if (!upstream || excluded.get(upstream)?.some((prefix) => isUnder(meaning, prefix))) return null;
    return { upstream, path, query };
  };
}

/**
 * Decodes a path as a lenient upstream would, for the comparison with what is excluded; `null` where it is no UTF-8
 * (`%c0%ae` is an overlong dot), or where it has dot segments or, by look-alikes, segments that are not written there.
 */
function readAsWritten(path: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path).normalize('NFKC');
  } catch {
    return null;
  }
  const isSplitAnew = decoded.split('/').length !== path.split('/').length;
  return isSplitAnew || CROOKED_WHEN_READ.test(decoded) ? null : fold(decoded);
}

/** Removes what an upstream may ignore: letter case, and dots and spaces at the end of a segment. */
function fold(path: string): string {
  return path
    .toUpperCase()
    .toLowerCase()
    .replace(/[\s.]+(?=\/|$)/g, '');
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
