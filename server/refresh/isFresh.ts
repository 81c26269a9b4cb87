import type { TokenPair } from '../session/record.ts';

/** "Some seconds more", or a quarter of the life of a token that lives shorter than that. */
const GOOD_FOR_MS = 5000;
const JUST_REFRESHED_MS = 1000;

/** The newest version of a session that was found. */
export interface Newest {
  readonly version: number;
  readonly pair: Pick<TokenPair, 'expiresAtMs' | 'refreshedAtMs'>;
}

/**
 * Tells whether the newest pair already is what a caller wants who saw `staleVersion` expire.
 *
 * A pair that is itself about to expire would fail the replay (P10); but one that was obtained within the
 * last second is as good as it gets, however short its issuer lets tokens live.
 */
export function isFresh({ version, pair }: Newest, staleVersion: number, nowMs: number): boolean {
  if (version <= staleVersion) return false;
  if (pair.expiresAtMs === null) return true;
  const leftMs = pair.expiresAtMs - nowMs;
  const lifeMs = pair.expiresAtMs - pair.refreshedAtMs;
  return (
    leftMs > Math.min(GOOD_FOR_MS, lifeMs / 4) ||
    (leftMs > 0 && nowMs - pair.refreshedAtMs < JUST_REFRESHED_MS)
  );
}

/** Tells whether a pair has not expired, as far as its issuer said when it will. */
export function isAlive({ expiresAtMs }: Newest['pair'], nowMs: number): boolean {
  return expiresAtMs === null || expiresAtMs > nowMs;
}
