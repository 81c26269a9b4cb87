import type { HeldSession } from '../../store/authState.ts';

/** How long before the end of a session its person is told. */
const NOTICE_MS = 120_000;

/**
 * Says how many milliseconds are left, once it is time to say so; `null` before. A session that is short by its
 * settings is half over before anybody is told: else the notice would stand there all its life.
 */
export function endingIn({ endsInMs, seenAtMs }: HeldSession, nowMs: number, isFixed = false): number | null {
  const left = endsInMs - Math.max(0, nowMs - seenAtMs);
  return left > 0 && left <= Math.min(NOTICE_MS, isFixed ? endsInMs : endsInMs / 2) ? left : null;
}
