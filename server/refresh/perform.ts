import { sleep, type Clock } from '../clock.ts';
import type { HookRunner } from '../hooks.ts';
import { ourError } from '../resealError.ts';
import { afterRefresh, waitMs } from './allowance.ts';
import type { Cooldown, KnownFailures, SurvivedFailure } from './cooldown.ts';
import { isAlive } from './isFresh.ts';
import type { TokenPair } from '../session/record.ts';
import type { Commit, Leases, SessionRecords } from '../store/contracts.ts';
import type { IssuerError } from '../issuers/failure.ts';
import type { Issuer, RefreshAnswer } from '../issuers/issuer.ts';
import { audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { tracedRefresh } from '../ops/tracing.ts';
import type { RefusedResources } from './refusedResources.ts';
import type { Revoke } from './revoke.ts';
import type { LiveSession, Sessions } from '../session/resolve.ts';
import { refreshed, tokenOf, type TokenName } from '../session/tokens.ts';
import { noResources, type Resources } from '../settings/resources.ts';

/** What a refresh led to; each kind has its own effect and no other. */
export type Outcome =
  | { readonly kind: 'refreshed'; readonly session: LiveSession; readonly recording?: Promise<void> }
  | { readonly kind: 'already fresh'; readonly session: LiveSession }
  /** The session has spent its allowance of refreshes; its newest pair has not expired. */
  | { readonly kind: 'limited'; readonly session: LiveSession }
  /** The issuer gives this session no token for a resource; its other tokens are as they were. */
  | { readonly kind: 'resource refused'; readonly session: LiveSession; readonly name: TokenName }
  | { readonly kind: 'transient'; readonly retryAfterMs: number }
  /** The issuer refuses this app. */
  | { readonly kind: 'client refused' }
  | { readonly kind: 'ended'; readonly reason: string };

/** Who asked for a refresh, and when, ms since the epoch. */
export interface Asked {
  readonly atMs: number;
  readonly requestId: string | undefined;
}

/** What is refreshed: one token of a session, as it was found under the lease. */
export interface Task {
  readonly old: LiveSession;
  readonly name: TokenName;
  readonly known: KnownFailures;
}

/** A call to the issuer stays open this many times longer than its callers wait. */
const CALL_OUTLASTS_CALLERS = 6;
const RECORD_AGAIN_MS = 250;

export interface PerformOptions {
  readonly issuer: Issuer;
  readonly sessions: Sessions;
  readonly store: SessionRecords & Leases;
  readonly cooldown: Cooldown;
  readonly revoke: Revoke;
  readonly hooks?: Pick<HookRunner, 'refreshed' | 'ended'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly refreshTimeoutMs: number;
  /** The resources that sessions hold tokens for, and those that the issuer refused. */
  readonly resources?: Resources;
  readonly refused?: RefusedResources;
}

/** Creates the function that presents a session's refresh token and stores the answer. Call it only under the lease. */
export function createPerform(options: PerformOptions) {
  const { issuer, sessions, store, cooldown, revoke, hooks, clock, log, metrics, refreshTimeoutMs } = options;
  const { resources = noResources(), refused } = options;
  const tokens = 1 + resources.size;

  /** One call, bounded far beyond its callers' patience: its late answer may be the only copy of the new token (P1). */
  async function call(refreshToken: string, name: TokenName, requestId?: string): Promise<RefreshAnswer> {
    const bound = new AbortController();
    const timer = clock.setTimeout(() => {
      metrics.abandoned.inc();
      bound.abort(ourError('The issuer did not answer.'));
    }, CALL_OUTLASTS_CALLERS * refreshTimeoutMs);
    const stop = metrics.issuerLatency.startTimer();
    try {
      const params = name === null ? undefined : resources.get(name);
      const answer = await issuer.refresh(refreshToken, { signal: bound.signal, requestId, params });
      metrics.issuerCalls.inc({ answer: answer.kind });
      return answer;
    } finally {
      stop();
      clock.clearTimeout(timer);
    }
  }

  /** Commits a new pair in one atomic step. Refused by the end, it is revoked; refused by a version, it never is. */
  async function commit(old: LiveSession, pair: TokenPair, requestId?: string): Promise<Outcome> {
    const { seal } = old;
    const ttlMs = sessions.rememberMs(seal, pair.refreshedAtMs);
    const next = sessions.nextCommit(old, pair);
    const { version } = next;
    const session: LiveSession = { ...old, version, pair, endsAtMs: clock.now() + ttlMs };
    try {
      // Both are sent in one turn, so that they cost one round trip. A raised epoch and a provider's logout end
      // sessions without touching their records: one that was answered before this turn is seen by the second.
      const [verdict, ended] = await Promise.all([
        store.commit(seal.id, next, ttlMs),
        sessions.endedElsewhere(seal).catch(() => null),
      ]);
      if (verdict === 'committed' && !ended) return { kind: 'refreshed', session };
      if (verdict !== 'moved') await revoke(pair, requestId);
      if (verdict === 'committed' && ended) return ended;
    } catch (err) {
      // The old token is used up, and this pair exists nowhere else: the callers' seals must carry it.
      const what = 'a refresh cannot be recorded yet; its callers hold it';
      log.error({ err, session: seal.id, requestId }, what);
      return { kind: 'refreshed', session, recording: record(session, next) };
    }
    // On `moved`, do not revoke: many issuers revoke the whole family. Re-read the record instead.
    return follow(old);
  }

  /** Records a pair that its callers already hold, until its session is over: it may be the only copy. */
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
    return found.kind === 'live' ? { kind: 'already fresh', session: found } : found;
  }

  /** Ends a session whose refresh token is dead, unless the session moved on in the meantime. */
  async function endDead(old: LiveSession, reason: 'dead' | 'rejected'): Promise<Outcome> {
    const before = await store.end(old.seal.id, reason, sessions.absoluteMs(old.seal), old.version);
    if (!before || before.version <= old.version) {
      hooks?.ended(old.seal, reason);
      return { kind: 'ended', reason };
    }
    return follow(old);
  }

  /** Holds the session off after a failure, or ends it where it is proven dead. */
  async function afterFailure(
    old: LiveSession,
    known: KnownFailures,
    failure: SurvivedFailure,
    requestId?: string,
  ): Promise<Outcome> {
    const { forMs, isDead } = await cooldown.failed(old.seal.id, known, failure);
    const entry = { err: failure.cause, session: old.seal.id, requestId };
    if (failure.kind === 'client refused') {
      log.error(entry, 'the issuer refuses this app: check its settings there and here');
      return { kind: 'client refused' };
    }
    if (isDead) {
      log.warn(entry, 'the issuer rejects this session again and again while it grants others: it is ended');
      audit(log, {
        event: 'session_ended',
        by: 'issuer',
        reason: 'rejected',
        session: old.seal.id,
        requestId,
      });
      return endDead(old, 'rejected');
    }
    const what =
      failure.kind === 'rejected'
        ? 'the issuer rejected a refresh in words other than invalid_grant; the session is kept'
        : 'a refresh failed; the session is kept';
    log.warn({ ...entry, retryAfterMs: forMs }, what);
    return { kind: 'transient', retryAfterMs: forMs };
  }

  /**
   * Notes that the issuer gives this session no token for a resource.
   *
   * It says nothing about the refresh token: only the session's own refreshes tell what that one is worth. (The package
   * oidc-provider uses it up before it looks at the resource.)
   *
   * @see RFC 8707 §2 (`invalid_target`), RFC 6749 §5.2 (`invalid_scope`)
   */
  function afterRefusal(
    { old, name }: Task & { name: string },
    err: IssuerError,
    requestId?: string,
  ): Outcome {
    refused?.add(old.seal.id, name);
    const entry = { err, session: old.seal.id, ...resources.get(name), requestId };
    const isUnknown = err.oauthError === 'invalid_target' || err.oauthError === 'invalid_scope';
    const advice = isUnknown
      ? 'the issuer gives no token for this resource: allow it for this app there, or correct its upstream; sessions that began before must log in again'
      : 'the issuer rejected a refresh for this resource; other tokens of the session are not affected';
    log.error(entry, advice);
    return { kind: 'resource refused', session: old, name };
  }

  /**
   * Whether the login did not ask for a resource, because the settings named it later. A provider refuses that one, and some
   * have used up the refresh token by then, so it is not asked. A scope is different: it may be part of what was asked for.
   */
  function isUnasked({ old: { seal }, name }: Task): boolean {
    return (
      name !== null &&
      resources.get(name)?.['resource'] !== undefined &&
      !(seal.resources?.includes(name) ?? false)
    );
  }

  /** Whether a refresh may not start now, and the outcome for its callers. */
  async function hindrance(task: Task): Promise<Outcome | null> {
    const { old, name, known } = task;
    if (isUnasked(task) && name !== null) {
      refused?.add(old.seal.id, name);
      const entry = { session: old.seal.id, ...resources.get(name) };
      log.warn(entry, 'this session began before the resource was in the settings: a new login asks for it');
      return { kind: 'resource refused', session: old, name };
    }
    const now = clock.now();
    const ms = waitMs({ ...known.own, ...old, tokens }, now);
    if (ms > 0) {
      const token = tokenOf(old, name);
      // An expired token would not serve the caller: better to wait for the part of a second.
      return token && isAlive(token, now)
        ? { kind: 'limited', session: old }
        : { kind: 'transient', retryAfterMs: ms };
    }
    const permission = await cooldown.ask(old.seal.id, known);
    if (permission.kind === 'client refused') return permission;
    return permission.kind === 'held off' ? { kind: 'transient', retryAfterMs: permission.forMs } : null;
  }

  async function perform(task: Task, asked: Asked): Promise<Outcome> {
    const { old, name, known } = task;
    const { id } = old.seal;
    const { requestId } = asked;
    if (old.pair.refreshToken === null) return endDead(old, 'dead');
    const hindered = await hindrance(task);
    if (hindered) return hindered;

    const sentAtMs = clock.now();
    const answer = await call(old.pair.refreshToken, name, requestId);
    switch (answer.kind) {
      case 'granted': {
        if (clock.now() - asked.atMs > refreshTimeoutMs) metrics.late.inc();
        const resource = name === null ? {} : resources.get(name);
        log.info({ session: id, version: old.version + 1, ...resource, requestId }, 'refreshed');
        const { fullAtMs, remember } = afterRefresh({ ...known.own, ...old, tokens }, sentAtMs);
        // The commit first: until it is done this process alone holds the new token.
        const committing = commit(old, refreshed(old, answer.pair, name, resources), requestId);
        await cooldown.granted(id, known, sentAtMs, remember ? fullAtMs : undefined);
        hooks?.refreshed(old.seal, old.version + 1);
        return committing;
      }
      case 'refused':
        log.warn({ session: id, version: old.version, requestId }, 'the issuer refused the refresh token');
        audit(log, { event: 'refresh_refused', session: id, version: old.version, requestId });
        await cooldown.answered(known);
        return endDead(old, 'dead');
      case 'rejected':
        if (name !== null) return afterRefusal({ ...task, name }, answer.cause, requestId);
        return afterFailure(old, known, answer, requestId);
      default:
        return afterFailure(old, known, answer, requestId);
    }
  }

  return (task: Task, asked: Asked): Promise<Outcome> => {
    const attributes = { 'session.id': task.old.seal.id, 'reseal.session.version': task.old.version };
    return tracedRefresh(attributes, () => perform(task, asked));
  };
}
