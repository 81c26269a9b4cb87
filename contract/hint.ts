/** What the readable cookie says: which session, and how often it was refreshed. Not a secret, and not proof. */
export interface Hint {
  readonly id: string;
  readonly version: number;
}

/** Name of the hint cookie; on https it carries the prefix `__Host-`. */
export const HINT_COOKIE = 'reseal_hint';

/** Writes a hint as the cookie's value, `id.version`. */
export function formatHint({ id, version }: Hint): string {
  return `${id}.${version}`;
}

/**
 * Reads a hint from a `Cookie` header or `document.cookie`; `null` where there is none or it has another form.
 *
 * On https (`isHttps`) only the name with the prefix counts: a sibling subdomain can set any other cookie for this host.
 *
 * @see RFC 6265bis §4.1.3.2 (`__Host-`)
 */
export function parseHint(cookies: string, isHttps = false): Hint | null {
  const prefix = isHttps ? '__Host-' : '(?:__Host-)?';
  const match = new RegExp(`(?:^|;\\s*)${prefix}reseal_hint=([\\w-]{1,64})\\.([1-9]\\d{0,14})(?:;|$)`).exec(
    cookies,
  );
  return match?.[1] && match[2] ? { id: match[1], version: Number(match[2]) } : null;
}
