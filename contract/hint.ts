/** What the readable cookie says: which session, and how often it was refreshed. Not a secret, and not proof. */
export interface Hint {
  readonly id: string;
  readonly version: number;
}

/** What the names of all cookies begin with, unless `COOKIE_NAME` says otherwise. */
export const DEFAULT_COOKIE_NAME = 'reseal';

/** The name of the `<meta>` element in which a page names its {@link DEFAULT_COOKIE_NAME | cookie name}. */
export const COOKIE_NAME_META = 'reseal-cookie-name';

/** Names the hint cookie of an app; on https it carries the prefix `__Host-` besides. */
export const hintCookieOf = (cookieName: string): string => `${cookieName}_hint`;

/** Name of the hint cookie of an app that sets no `COOKIE_NAME`. */
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
export function parseHint(cookies: string, isHttps = false, cookieName = DEFAULT_COOKIE_NAME): Hint | null {
  const pattern = `(?:^|; *)(__Host-)${isHttps ? '' : '?'}${cookieName}_hint=([\\w-]{1,64})\\.([1-9]\\d{0,14})(?:;|$)`;
  const [, , id, version] = RegExp(pattern).exec(cookies) ?? [];
  return id && version ? { id, version: +version } : null;
}
