import { sleep, type Clock } from '../clock.ts';
import { closeBox } from '../store/tokenBox.ts';
import type { Cooldown } from './cooldown.ts';
import type { TokenPair } from '../session/record.ts';
import type { Commit, Leases, SessionRecords } from '../store/contracts.ts';
import type { Issuer, RefreshAnswer } from '../issuers/issuer.ts';
import { audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Revoke } from './revoke.ts';
import type { LiveSession, Sessions } from '../session/resolve.ts';

/** What a renewal came to; each has its own effect and no other. */
export type Outcome =
  | { readonly kind: 'renewed'; readonly session: LiveSession; readonly recording?: Promise<void> }
  | { readonly kind: 'already renewed'; readonly session: LiveSession }
  | { readonly kind: 'transient'; readonly retryAfterMs: number }
  | { readonly kind: 'misconfigured' }
  | { readonly kind: 'ended'; readonly reason: string };

/** A call to the issuer stays open this many times longer than its callers wait. */
const CALL_OUTLASTS_CALLERS = 6;
const RECORD_AGAIN_MS = 250;

export interface PresenterOptions {
  readonly issuer: Issuer;
  readonly sessions: Sessions;
  readonly store: SessionRecords & Leases;
  readonly cooldown: Cooldown;
  readonly revoke: Revoke;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly refreshTimeoutMs: number;
}

/** Makes what presents a session's refresh token and carries the answer through; call it under the lease only. */
export function createPresenter(options: PresenterOptions) {
  const { issuer, sessions, store, cooldown, revoke, clock, log, metrics, refreshTimeoutMs } = options;

  /** One call, bounded far beyond its callers' patience: its late answer may be the only copy of the new token (P1). */
  async function call(refreshToken: string, requestId?: string): Promise<RefreshAnswer> {
    const bound = new AbortController();
    const timer = clock.setTimeout(() => {
      metrics.abandoned.inc();
      bound.abort(new Error('The issuer did not answer.'));
    }, CALL_OUTLASTS_CALLERS * refreshTimeoutMs);
    const stop = metrics.issuerLatency.startTimer();
    try {
      const answer = await issuer.refresh(refreshToken, { signal: bound.signal, requestId });
      metrics.issuerCalls.inc({ answer: answer.kind });
      return answer;
    } finally {
      stop();
      clock.clearTimeout(timer);
    }
  }

  /** Commits a new pair, in one atomic step; a refusal by the end revokes it, one by a version never does. */
  async function commit(old: LiveSession, pair: TokenPair, requestId?: string): Promise<Outcome> {
    const { seal } = old;
    const version = old.version + 1;
    const ttlMs = sessions.rememberMs(seal, pair.refreshedAtMs);
    const session: LiveSession = { ...old, version, pair, endsAtMs: clock.now() + ttlMs };
    const next = {
      version,
      box: closeBox(pair, seal.boxKey, seal.id, version),
      refreshedAtMs: pair.refreshedAtMs,
    };
    try {
      const verdict = await store.commit(seal.id, next, ttlMs);
      if (verdict === 'committed') return await unlessEnded(session, requestId);
      if (verdict === 'ended') await revoke(pair, requestId);
    } catch (err) {
      // Whatever went wrong: the old token is used up and this pair exists nowhere else: the callers' seals must carry it.
      const what = 'a refresh cannot be recorded yet; its callers hold it';
      log.error({ err, session: seal.id, requestId }, what);
      return { kind: 'renewed', session, recording: record(session, next) };
    }
    // Refused by a version: many issuers kill the family when one of its tokens is revoked. Follow instead.
    return follow(old);
  }

  /** A raised epoch and a provider's logout end sessions without touching their records: the commit saw neither. */
  async function unlessEnded(session: LiveSession, requestId?: string): Promise<Outcome> {
    const found = await sessions.look(session.seal).catch(() => null);
    if (found?.kind !== 'ended') return { kind: 'renewed', session };
    await revoke(session.pair, requestId);
    return found;
  }

  /** Records a pair behind its callers' backs, until its session is over: it may be the only copy. */
  async function record({ seal, pair, endsAtMs }: LiveSession, next: Commit): Promise<void> {
    while (clock.now() < endsAtMs) {
      await sleep(clock, RECORD_AGAIN_MS);
      const ttlMs = sessions.rememberMs(seal, pair.refreshedAtMs);
      const verdict = await store.commit(seal.id, next, ttlMs).catch(() => 'unreachable' as const);
      if (verdict === 'ended') await revoke(pair);
      if (verdict !== 'unreachable') return;
    }
  }

  async function follow({ seal }: LiveSession): Promise<Outcome> {
    const found = await sessions.look(seal);
    return found.kind === 'live' ? { kind: 'already renewed', session: found } : found;
  }

  /** The issuer calls the token dead: unless the session moved on meanwhile, it is, for whoever asks. */
  async function bury(old: LiveSession): Promise<Outcome> {
    const before = await store.end(old.seal.id, 'dead', sessions.absoluteMs(old.seal), old.version);
    if (!before || before.version <= old.version) return { kind: 'ended', reason: 'dead' };
    return follow(old);
  }

  return async function present(old: LiveSession, askedAtMs: number, requestId?: string): Promise<Outcome> {
    const { id } = old.seal;
    if (old.pair.refreshToken === null) return bury(old);
    const permission = await cooldown.ask(id);
    if (permission.kind === 'misconfigured') return permission;
    if (permission.kind === 'held off') return { kind: 'transient', retryAfterMs: permission.forMs };

    const answer = await call(old.pair.refreshToken, requestId);
    if (clock.now() - askedAtMs > refreshTimeoutMs && answer.kind === 'granted') metrics.late.inc();
    switch (answer.kind) {
      case 'granted':
        log.info({ session: id, version: old.version + 1, requestId }, 'refreshed');
        // The commit first: until it is done this process alone holds the new token.
        return (await Promise.all([commit(old, answer.pair, requestId), permission.answered()]))[0];
      case 'refused':
        await permission.answered();
        log.warn({ session: id, version: old.version, requestId }, 'the issuer refused the refresh token');
        audit(log, { event: 'refresh_refused', session: id, version: old.version, requestId });
        return bury(old);
      case 'client refused':
        await permission.misconfigured();
        log.error({ err: answer.cause, requestId }, 'the issuer refuses this app: check its settings');
        return { kind: 'misconfigured' };
      case 'rejected':
      case 'throttled':
      case 'transient': {
        const retryAfterMs = await permission.failed('retryAfterMs' in answer ? answer.retryAfterMs : null);
        log.warn(
          { err: answer.cause, session: id, requestId, retryAfterMs },
          'a refresh failed; the session is kept',
        );
        return { kind: 'transient', retryAfterMs };
      }
      default:
        return answer satisfies never;
    }
  };
}
