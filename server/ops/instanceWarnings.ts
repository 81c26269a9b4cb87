import type { SealedSession, SessionRecord } from '../session/record.ts';
import type { Log } from './log.ts';

/** What platforms and process managers set where an app may run more than once. */
const HINTS = [
  'NODE_APP_INSTANCE',
  'KUBERNETES_SERVICE_HOST',
  'FLY_ALLOC_ID',
  'AWS_LAMBDA_FUNCTION_NAME',
  'VERCEL',
];

/** Names the sign in the environment that this process may be one of several; `null` where there is none. */
export function whyThereMayBeSeveral(env: Readonly<Record<string, string | undefined>>): string | null {
  if (Number(env['WEB_CONCURRENCY'] ?? 1) > 1) return 'WEB_CONCURRENCY';
  return HINTS.find((name) => env[name]) ?? null;
}

/**
 * Makes what notices, without a shared store, that another process refreshes our sessions: a seal that was refreshed
 * since we started, and not by us. Says so once: such sessions are lost sooner or later.
 */
export function createStrangerWatch(log: Log, isStoreShared: boolean, startedAtMs: number) {
  let told = false;
  return (seal: SealedSession, record: SessionRecord | null): void => {
    // A session that ended before any refresh has no version in its record.
    if (isStoreShared || told || record?.ended || seal.version <= (record?.version ?? 1)) return;
    if (seal.pair.refreshedAtMs <= startedAtMs) return;
    told = true;
    log.error(
      { session: seal.id },
      'another instance refreshes the same sessions, and each keeps its own records: set REDIS_URL on all of them',
    );
  };
}
