import type { TokenPair } from '../session/record.ts';

/** How many refreshes a session may make at once, and how many milliseconds each costs. DESIGN §5, rule 4. */
const BURST = 5;
const EACH_MS = 1000;

/** What decides whether a session may refresh again now. */
export interface Spent {
  /** When its allowance is full again, as far as the store remembers; 0 where it does not. */
  readonly fullAtMs: number;
  /** The version that is to be refreshed, with the time when its pair was obtained. */
  readonly version: number;
  readonly pair: Pick<TokenPair, 'refreshedAtMs'>;
}

/**
 * Tells when one more refresh may start, ms since the epoch: now or before, or up to a second later.
 *
 * A token bucket kept as one time (GCRA). Where the store remembers none, the newest pair says what was spent last: so
 * refreshes that are further apart than a second cost no command.
 */
export function allowedAtMs(spent: Spent): number {
  return fullAtMs(spent) - (BURST - 1) * EACH_MS;
}

/** When the allowance is full again after one more refresh at `nowMs`; `remember` says whether the store must keep it. */
export function afterRefresh(spent: Spent, nowMs: number): { fullAtMs: number; remember: boolean } {
  const full = Math.max(fullAtMs(spent), nowMs) + EACH_MS;
  return { fullAtMs: full, remember: full > nowMs + EACH_MS };
}

function fullAtMs(spent: Spent): number {
  const lastMs = spent.version > 1 ? spent.pair.refreshedAtMs + EACH_MS : 0;
  return Math.max(spent.fullAtMs, lastMs);
}
