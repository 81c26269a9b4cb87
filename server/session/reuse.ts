import type { Clock } from '../clock.ts';
import { audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { SessionRecords } from '../store/contracts.ts';
import type { EndSession } from './end.ts';
import type { SealedSession } from './record.ts';
import { personOf, type Sessions } from './resolve.ts';

/** How often the log repeats that one session's superseded cookies are used. */
const LOG_EVERY_MS = 60_000;

export interface ReuseOptions {
  readonly store: Pick<SessionRecords, 'setReused'>;
  readonly sessions: () => Sessions;
  readonly endSession: () => EndSession;
  readonly settings: Pick<Settings, 'sessionReuse'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Makes what hears of a superseded cookie that came after the grace period. The cookie itself is refused in any case.
 *
 * A late tab of the same browser sends its older cookie within the grace period, and is served. After it, the browser
 * that holds the newest cookie has no older one: the cookie was copied, or comes from a backup. The person sees it in
 * the list of sessions; with `SESSION_REUSE=end` the session ends too.
 *
 * @see RFC 9700 §4.14.2 (refresh token reuse), DESIGN §5, rule 10
 */
export function createReuseWatch(options: ReuseOptions) {
  const { store, settings, clock, log, metrics } = options;

  return function onReuse(seal: SealedSession, newestVersion: number): void {
    metrics.reused.inc();
    const now = clock.now();
    const entry = { session: seal.id, version: seal.version, newestVersion };
    const warn = (beforeMs: number | null) => {
      if (beforeMs !== null && now - beforeMs < LOG_EVERY_MS) return;
      audit(log, { event: 'reuse_seen', session: seal.id, person: personOf(seal), version: seal.version });
      log.warn(entry, 'a superseded cookie was used after the grace period: it may have been copied');
    };
    store.setReused(seal.id, now, options.sessions().absoluteMs(seal)).then(warn, () => warn(null));
    if (settings.sessionReuse === 'end') void options.endSession()(seal, 'reused', { by: 'operator' });
  };
}
