import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RefreshAnswer } from '../issuers/issuer.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

// One entry for each kind of outcome: counting one without an entry does not compile. The values are the labels of `reseal_renewals_total`,
// which stays for one release.
const OUTCOMES = {
  refreshed: 'renewed',
  'already fresh': 'already renewed',
  limited: 'already renewed',
  'resource refused': 'misconfigured',
  transient: 'transient',
  'client refused': 'misconfigured',
  ended: 'ended',
} as const;
const ANSWERS: Record<RefreshAnswer['kind'], 0> = {
  granted: 0,
  refused: 0,
  rejected: 0,
  'client refused': 0,
  throttled: 0,
  transient: 0,
};

/** Counters without labels: the name in code, the name without `reseal_`, and its help. */
const COUNTERS = {
  joined: ['refreshes_joined_total', 'Callers that joined a refresh already under way.'],
  fromRecord: [
    'reads_from_record_total',
    'Requests with an older seal that the record led to the newest pair.',
  ],
  saved: [
    'logouts_prevented_total',
    'Refreshes of a stale seal that would have been a logout without the record.',
  ],
  late: ['refreshes_late_total', 'Issuer answers committed after their callers had been asked to wait.'],
  abandoned: ['refreshes_abandoned_total', 'Issuer calls that never answered within six times the timeout.'],
  revocationsFailed: ['revocations_failed_total', 'Tokens that could not be revoked after several tries.'],
  storeErrors: ['store_errors_total', 'Calls of the session store that failed.'],
  blindReads: [
    'reads_without_store_total',
    'Requests served by the seal alone because the store did not answer.',
  ],
  reused: [
    'superseded_cookies_total',
    'Requests refused because they brought a superseded cookie after the grace period.',
  ],
  sealsOpened: [
    'seals_opened_total',
    'Session cookies that had to be decrypted, because this process had neither written nor opened them.',
  ],
  sealsRejected: ['seals_rejected_total', 'Session cookies that could not be opened.'],
  loginsThrottled: ['logins_throttled_total', 'Logins refused because of too many failures.'],
} as const;

/** What an upstream answered: the class of the status, or why there is none. */
const UPSTREAM_OUTCOMES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'unreachable', 'late'] as const;
export type UpstreamOutcome = (typeof UPSTREAM_OUTCOMES)[number];

/** Counts the answers of one upstream. */
export type CountAnswer = (outcome: UpstreamOutcome) => void;

/** The class of a status, as the label of `reseal_upstream_answers_total`. */
export const classOf = (status: number) => `${Math.floor(status / 100)}xx` as UpstreamOutcome;

/** Makes a gauge that is asked when the metrics are read, so that what it counts costs nothing. */
function askedGauge(registry: Registry, name: string, help: string): { read: () => number } {
  const asked = { read: () => 0 };
  new Gauge({
    name: `reseal_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(asked.read());
    },
  });
  return asked;
}

/**
 * Makes the counters of one server; labels are few and never a person, a session or a path.
 *
 * @see https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const plain = Object.fromEntries(
    Object.entries(COUNTERS).map(([key, [name, help]]) => [
      key,
      new Counter({ name: `reseal_${name}`, help, registers }),
    ]),
  ) as Record<keyof typeof COUNTERS, Counter>;
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `reseal_${name}_seconds`, help, registers, buckets: SECONDS });
  const labelled = (name: string, help: string) =>
    new Counter({ name: `reseal_${name}`, help, labelNames: ['outcome'] as const, registers });
  const refreshes = labelled('refreshes_total', 'Refreshes that callers asked for, by outcome.');
  const renewals = labelled('renewals_total', 'Deprecated: use reseal_refreshes_total.');
  const issuerCalls = new Counter({
    name: 'reseal_issuer_calls_total',
    help: 'Refresh tokens presented to the issuer, by its answer.',
    labelNames: ['answer'] as const,
    registers,
  });
  const upstreamCalls = askedGauge(registry, 'upstream_calls', 'Proxied calls that are open now.');
  const upstreamSockets = askedGauge(registry, 'upstream_sockets', 'Proxied WebSockets that are open now.');
  const callsRefused = new Counter({
    name: 'reseal_upstream_calls_refused_total',
    help: 'Proxied calls refused because too many were open, by the limit: of the session, or of the server.',
    labelNames: ['limit'] as const,
    registers,
  });
  for (const limit of ['session', 'server']) callsRefused.inc({ limit }, 0);
  const answers = new Counter({
    name: 'reseal_upstream_answers_total',
    help: 'Calls sent to an upstream, by its name and by what it answered: the class of the status, unreachable or late.',
    labelNames: ['upstream', 'outcome'] as const,
    registers,
  });
  // A series that begins at 1 has not risen, and no alert sees it.
  for (const [outcome, before] of Object.entries(OUTCOMES)) {
    refreshes.inc({ outcome }, 0);
    renewals.inc({ outcome: before }, 0);
  }
  for (const answer of Object.keys(ANSWERS)) issuerCalls.inc({ answer }, 0);
  return {
    registry,
    refreshes,
    countRefresh(outcome: keyof typeof OUTCOMES): void {
      refreshes.inc({ outcome });
      renewals.inc({ outcome: OUTCOMES[outcome] });
    },
    issuerCalls,
    callsRefused,
    /** Makes what counts the answers of an upstream; its name is one of the settings. */
    answersOf(upstream: string): CountAnswer {
      const counters = new Map(
        UPSTREAM_OUTCOMES.map((outcome) => [outcome, answers.labels(upstream, outcome)]),
      );
      for (const counter of counters.values()) counter.inc(0);
      return (outcome) => counters.get(outcome)?.inc();
    },
    upstreamCalls,
    upstreamSockets,
    ...plain,
    waiting: new Gauge({
      name: 'reseal_refresh_waiters',
      help: 'Callers that wait for a refresh now.',
      registers,
    }),
    leaseWait: histogram('lease_wait', 'Time until a refresh had its lease.'),
    issuerLatency: histogram('issuer_refresh', 'Time the issuer took to answer a refresh.'),
    upstreamLatency: histogram('upstream_headers', 'Time the upstream took until its response headers.'),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
