import { createHash } from 'node:crypto';

const counters = [
  'logins',
  'loginsRefused',
  'refreshCalls',
  'refreshesGranted',
  'refreshesRefused',
  'reuseDetections',
  'familiesRevoked',
  'revocations',
  'apiCalls',
  'apiUnauthorized',
] as const;

export type Counter = (typeof counters)[number];

/** What the service saw since it started or was reset. */
export interface UpstreamStats extends Readonly<Record<Counter, number>> {
  /** How often the most presented refresh token was presented. */
  readonly maxPresentations: number;
  /**
   * Presentations by the SHA-256 of the refresh token, never the token. A call that a fault swallowed before the
   * token was looked at is no presentation: trying again after a 503 is right, not reuse.
   */
  readonly presentations: Readonly<Record<string, number>>;
}

export interface StatsBook {
  /** Counts one more, or `more`, and answers the new count. */
  count(name: Counter, more?: number): number;
  presented(token: string): void;
  read(): UpstreamStats;
  reset(): void;
}

// A demo may run for months: what is remembered of single tokens has a bound.
const REMEMBERED_TOKENS = 100_000;

/** Hashes a refresh token, as the stats and the database know it. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Keeps the counts of one running service. */
export function createStats(): StatsBook {
  const zero = (): Record<Counter, number> =>
    Object.fromEntries(counters.map((name) => [name, 0])) as Record<Counter, number>;
  let counts = zero();
  let maxPresentations = 0;
  const presentations = new Map<string, number>();

  return {
    count: (name, more = 1) => (counts[name] += more),
    presented(token) {
      const hash = hashOf(token);
      const times = (presentations.get(hash) ?? 0) + 1;
      presentations.set(hash, times);
      maxPresentations = Math.max(maxPresentations, times);
      if (presentations.size > REMEMBERED_TOKENS) {
        const [oldest] = presentations.keys();
        if (oldest !== undefined) presentations.delete(oldest);
      }
    },
    read: () => ({ ...counts, maxPresentations, presentations: Object.fromEntries(presentations) }),
    reset() {
      counts = zero();
      maxPresentations = 0;
      presentations.clear();
    },
  };
}
