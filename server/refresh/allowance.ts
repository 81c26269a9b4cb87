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
 * Tells for how many milliseconds one more refresh has to wait: 0, or up to a second.
 *
 * A token bucket kept as one time (GCRA). Where the store remembers none, the newest pair says what was spent last: so
 * refreshes that are further apart than a second cost no command. Times that lie ahead, by the clock of another
 * instance, count as now: skewed clocks must not stop a session.
 */
export function waitMs(spent: Spent, nowMs: number): number {
  return Math.max(0, fullAtMs(spent, nowMs) - (BURST - 1) * EACH_MS - nowMs);
}

/** When the allowance is full again after one more refresh at `nowMs`; `remember` says whether the store must keep it. */
export function afterRefresh(spent: Spent, nowMs: number): { fullAtMs: number; remember: boolean } {
  const full = Math.max(fullAtMs(spent, nowMs), nowMs) + EACH_MS;
  return { fullAtMs: full, remember: full > nowMs + EACH_MS };
}

function fullAtMs({ fullAtMs: known, version, pair }: Spent, nowMs: number): number {
  const lastMs = version > 1 ? Math.min(pair.refreshedAtMs, nowMs) + EACH_MS : 0;
  return Math.max(Math.min(known, nowMs + BURST * EACH_MS), lastMs);
}
