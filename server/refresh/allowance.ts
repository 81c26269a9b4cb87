import type { TokenPair } from '../session/record.ts';

/** A session may make so many refreshes of each of its tokens at once, then one a second. DESIGN §5, rule 4. */
const BURST = 5;
const EACH_MS = 1000;
const ALL_MS = BURST * EACH_MS;

/** What decides whether a session may refresh again now. */
export interface Spent {
  /** When its allowance is full again, as far as the store remembers; 0 where it does not. */
  readonly fullAtMs: number;
  /** The version that is to be refreshed, with the time when its pair was obtained. */
  readonly version: number;
  readonly pair: Pick<TokenPair, 'refreshedAtMs'>;
  /** How many tokens a session of this app holds: its own, and one for each resource. All share one allowance. */
  readonly tokens: number;
}

/**
 * Tells for how many milliseconds one more refresh has to wait: 0, or up to a second.
 *
 * A token bucket kept as one time (GCRA). Where the store remembers none, the newest pair says what was spent last: so
 * refreshes that are further apart than a second cost no command. Times that lie ahead, by the clock of another
 * instance, count as now: skewed clocks must not stop a session.
 */
export function waitMs(spent: Spent, nowMs: number): number {
  return Math.max(0, fullAtMs(spent, nowMs) + costMs(spent) - ALL_MS - nowMs);
}

/** When the allowance is full again after one more refresh at `nowMs`; `remember` says whether the store must keep it. */
export function afterRefresh(spent: Spent, nowMs: number): { fullAtMs: number; remember: boolean } {
  const full = Math.max(fullAtMs(spent, nowMs), nowMs) + costMs(spent);
  return { fullAtMs: full, remember: full > nowMs + costMs(spent) };
}

/** What one refresh costs. */
const costMs = ({ tokens }: Spent) => EACH_MS / tokens;

function fullAtMs(spent: Spent, nowMs: number): number {
  const { fullAtMs: known, version, pair } = spent;
  const lastMs = version > 1 ? Math.min(pair.refreshedAtMs, nowMs) + costMs(spent) : 0;
  return Math.max(Math.min(known, nowMs + ALL_MS), lastMs);
}
