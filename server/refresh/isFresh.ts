import type { HeldToken } from '../session/tokens.ts';

/** "Some seconds more", or a quarter of the life of a token that lives shorter than that. */
const GOOD_FOR_MS = 5000;
const JUST_REFRESHED_MS = 1000;

/** What tells how long a token of a session is good. */
export type Dated = Pick<HeldToken, 'version' | 'expiresAtMs' | 'obtainedAtMs'>;

/**
 * Tells whether a token already is what a caller wants who saw the one of `staleVersion` expire.
 *
 * A token that is itself about to expire would fail the replay (P10); but one that was obtained within the
 * last second is as good as it gets, however short its issuer lets tokens live.
 */
export function isFresh(token: Dated, staleVersion: number, nowMs: number): boolean {
  if (token.version <= staleVersion) return false;
  if (token.expiresAtMs === null) return true;
  const leftMs = token.expiresAtMs - nowMs;
  const lifeMs = token.expiresAtMs - token.obtainedAtMs;
  return (
    leftMs > Math.min(GOOD_FOR_MS, lifeMs / 4) ||
    (leftMs > 0 && nowMs - token.obtainedAtMs < JUST_REFRESHED_MS)
  );
}

/** Tells whether a token has not expired, as far as its issuer said when it will. */
export function isAlive({ expiresAtMs }: Pick<Dated, 'expiresAtMs'>, nowMs: number): boolean {
  return expiresAtMs === null || expiresAtMs > nowMs;
}
