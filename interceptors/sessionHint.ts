import { parseHint, type Hint } from '../contract/hint.ts';

/**
 * Reads the hint cookie; `null` where there is none, no page, or a sandboxed one, whose getter throws.
 *
 * @param cookieName the server's `COOKIE_NAME`
 */
export function readHintCookie(cookieName?: string): Hint | null {
  try {
    return parseHint(document.cookie, location.protocol === 'https:', cookieName);
  } catch {
    return null;
  }
}

/**
 * Calls `look` whenever the hint may have changed behind the page's back; returns what stops it.
 *
 * `look` tells whether the page shows another person than the hint names. A page that so comes back from bfcache
 * is hidden before it paints, and loaded anew.
 *
 * @see https://cookiestore.spec.whatwg.org/#CookieStore
 */
export function watchPage(look: () => boolean): () => void {
  const page = globalThis as typeof globalThis & { cookieStore?: EventTarget };
  const stop = new AbortController();
  const watch = (target: EventTarget | undefined, type: string) =>
    target?.addEventListener?.(
      type,
      (event) => {
        if (look() && (event as PageTransitionEvent).persisted) {
          document.documentElement.hidden = true;
          location.reload();
        }
      },
      { signal: stop.signal },
    );
  watch(page.cookieStore, 'change');
  watch(page.document, 'visibilitychange');
  watch(page, 'pageshow');
  watch(page, 'online');
  return () => stop.abort();
}
