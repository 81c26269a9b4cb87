import { parseHint, type Hint } from '../contract/hint.ts';

/** Reads the hint cookie of this page; `null` where there is none, no page, or no leave to read. */
export function readHintCookie(): Hint | null {
  try {
    return parseHint(document.cookie);
  } catch {
    return null; // a server, or a sandboxed frame: there the getter throws
  }
}

/**
 * Calls `look` whenever the hint may have changed behind the page's back; returns what stops it.
 *
 * `look` tells whether the page is now another person's. A page that comes back from bfcache as such is hidden
 * before it paints and loaded anew, for it shows what that person must not see.
 *
 * @see https://cookiestore.spec.whatwg.org/#CookieStore
 */
export function watchPage(look: () => boolean): () => void {
  if (typeof document === 'undefined') return () => {};
  const onShow = (event: PageTransitionEvent) => {
    if (look() && event.persisted) {
      document.documentElement.hidden = true;
      location.reload();
    }
  };
  const cookies = (globalThis as { cookieStore?: EventTarget }).cookieStore;
  cookies?.addEventListener('change', look);
  document.addEventListener('visibilitychange', look);
  addEventListener('online', look);
  addEventListener('pageshow', onShow);
  return () => {
    cookies?.removeEventListener('change', look);
    document.removeEventListener('visibilitychange', look);
    removeEventListener('online', look);
    removeEventListener('pageshow', onShow);
  };
}
