import type { HeldSession } from '../../store/authState.ts';

/** How long before the end of a session the notice appears. */
const NOTICE_MS = 120_000;

/**
 * Says how many milliseconds are left, once it is time to say so; `null` before. For a session that is short by its
 * settings the notice appears at half of its time: otherwise it would always be there.
 */
export function endingIn({ endsInMs, seenAtMs }: HeldSession, nowMs: number, isFixed = false): number | null {
  const left = endsInMs - Math.max(0, nowMs - seenAtMs);
  return left > 0 && left <= Math.min(NOTICE_MS, isFixed ? endsInMs : endsInMs / 2) ? left : null;
}
