import { endsAtMs, type AuthState } from './authState.ts';

/** Longest wait that a browser's timer can hold; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Settings of the proactive renewal. */
export interface RenewalSettings {
  /** How long before the token's death to renew. */
  readonly marginMs: number;
  /** How long to wait after a renewal that failed. */
  readonly retryMs: number;
}

export const RENEWAL: RenewalSettings = { marginMs: 30_000, retryMs: 30_000 };

/** What the rule looks at. All times are of one clock that only goes forward; the wall clock is never asked. */
export interface Situation {
  readonly auth: AuthState;
  readonly visible: boolean;
  readonly nowMs: number;
  /** When the last renewal failed, if the session is degraded. */
  readonly failedAtMs: number | null;
}

/**
 * Says in how many milliseconds to renew without being asked; `null` means: not until something changes.
 *
 * A token that lives no longer than twice the margin is left to the 401: renewing it ahead would be a
 * call every few seconds for a page that nobody may be using.
 */
export function renewIn(
  { auth, visible, nowMs, failedAtMs }: Situation,
  { marginMs, retryMs }: RenewalSettings,
): number | null {
  if (!visible || auth.status !== 'signedIn' || auth.refresh === 'refreshing') return null;
  const { expiresInMs, seenAtMs } = auth.session;
  if (expiresInMs === null || !Number.isFinite(expiresInMs) || expiresInMs <= 2 * marginMs) return null;
  const due = seenAtMs + expiresInMs - marginMs;
  const earliest = failedAtMs === null ? due : Math.max(due, failedAtMs + retryMs);
  return Math.max(0, earliest - nowMs);
}

/** How long after the end to ask, so that the cookie is over too. */
const AFTER_THE_END_MS = 1000;

/** Says in how many milliseconds to ask the server whether the session is over; `null` where nobody looks or is signed in. */
export function askInMs({ auth, visible, nowMs }: Omit<Situation, 'failedAtMs'>): number | null {
  if (!visible || auth.status !== 'signedIn') return null;
  return Math.max(0, endsAtMs(auth.session) + AFTER_THE_END_MS - nowMs);
}

/** Cuts a wait to what a timer can hold; whoever waits looks again at its end. */
export function timerStep(waitMs: number): number {
  return Math.min(waitMs, LONGEST_TIMER_MS);
}
