import { endsAtMs, type AuthState } from './authState.ts';

/** Longest wait that a browser's timer can hold; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Settings of the refresh before expiry. */
export interface RefreshAheadSettings {
  /** How many milliseconds before the access token expires to refresh. */
  readonly marginMs: number;
  /** How many milliseconds to wait after a refresh that failed. */
  readonly retryMs: number;
}

export const REFRESH_AHEAD: RefreshAheadSettings = { marginMs: 30_000, retryMs: 30_000 };

/** What the rule looks at. All times are of one clock that only goes forward; the wall clock is never asked. */
export interface Situation {
  readonly auth: AuthState;
  readonly visible: boolean;
  readonly nowMs: number;
  /** When the last refresh failed, if the session is degraded. */
  readonly failedAtMs: number | null;
}

/**
 * Says in how many milliseconds to refresh ahead of expiry; `null` means: not until something changes.
 *
 * A token that lives no longer than twice the margin is refreshed on its 401 only: refreshing it ahead would cost a
 * call every few seconds for a page that may be idle.
 */
export function refreshInMs(
  { auth, visible, nowMs, failedAtMs }: Situation,
  { marginMs, retryMs }: RefreshAheadSettings,
): number | null {
  if (!visible || auth.status !== 'signedIn' || auth.refresh === 'refreshing') return null;
  const { expiresInMs, seenAtMs } = auth.session;
  if (expiresInMs === null || !Number.isFinite(expiresInMs) || expiresInMs <= 2 * marginMs) return null;
  const due = seenAtMs + expiresInMs - marginMs;
  const earliest = failedAtMs === null ? due : Math.max(due, failedAtMs + retryMs);
  return Math.max(0, earliest - nowMs);
}

/** How long after the end to ask, so that the cookie has expired too. */
const AFTER_THE_END_MS = 1000;

/** Says in how many milliseconds to ask the server whether the session is over; `null` where the page is hidden or signed out. */
export function askInMs({ auth, visible, nowMs }: Omit<Situation, 'failedAtMs'>): number | null {
  if (!visible || auth.status !== 'signedIn') return null;
  return Math.max(0, endsAtMs(auth.session) + AFTER_THE_END_MS - nowMs);
}

/** Cuts a wait to what a timer can hold; the caller checks again at its end. */
export function timerStep(waitMs: number): number {
  return Math.min(waitMs, LONGEST_TIMER_MS);
}
