import { sleep, type Clock } from '../clock.ts';
import type { HookRunner } from '../hooks.ts';
import type { Exchange } from '../http/exchange.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import { audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { Cooldown } from '../refresh/cooldown.ts';
import type { Revoke } from '../refresh/revoke.ts';
import { underLease } from '../refresh/underLease.ts';
import { ourError } from '../resealError.ts';
import type { Leases, SessionRecords } from '../store/contracts.ts';
import type { SessionCookies } from './cookies.ts';
import type { SessionList } from './list.ts';
import type { SealedSession } from './record.ts';
import { personOf, type LiveSession, type Sessions } from './resolve.ts';
import type { GrantedLogin } from './start.ts';

const POLL_MS = 100;
const RETRY_AFTER_MS = 1000;

/** `Set-Cookie` values, none as a rule, or why the login does not step the session up. */
export type SteppedUp =
  | { readonly kind: 'stepped up'; readonly cookies: readonly string[] }
  | { readonly kind: 'mismatch'; readonly cause: Error };

export interface StepUpOptions {
  readonly cookies: SessionCookies;
  readonly sessions: Sessions;
  readonly store: SessionRecords & Leases;
  readonly cooldown: Pick<Cooldown, 'known' | 'granted'>;
  readonly list: SessionList;
  readonly revoke: Revoke;
  readonly hooks: Pick<HookRunner, 'login'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a step-up waits for a refresh that is on its way. */
  readonly refreshTimeoutMs: number;
}

const mismatch = (why: string): SteppedUp => ({ kind: 'mismatch', cause: ourError(why) });

/**
 * Makes what gives a living session the tokens of a new login of the same person. The session keeps its id, so that
 * requests which were made in it can be sent again, and its end; the tokens are one version newer.
 *
 * No cookie is written: the record leads the browser's older one to the new pair, and the next `POST /api/user` writes it
 * under the lock of all tabs. The answer to a navigation comes in no such order, and a late one would undo what came after
 * it. Only where the seal itself has news, another session at the provider or other claims, it is written at once.
 *
 * It works under the session's lease. A refresh that runs finishes first, so that no two pairs have one version; one that
 * comes later finds the new pair, and the old refresh token is never presented again. That one is not revoked: a
 * provider may keep one grant for both logins, and revokes all of it.
 *
 * The function it returns changes nothing where it does not step up; it throws `login_refused`, `session_too_large`,
 * `upstream_unavailable` and StoreUnreachable.
 *
 * @see RFC 9470 §4 and §5
 */
export function createStepUp(options: StepUpOptions) {
  const { cookies, sessions, store, cooldown, list, revoke, hooks, clock, log, refreshTimeoutMs } = options;

  /** Commits the new pair; a version that another process wrote first is passed by. */
  async function commit(exchange: Exchange, old: LiveSession, stepped: SealedSession): Promise<SteppedUp> {
    const { id } = stepped;
    // Some providers give a refresh token at the first login only.
    const pair = { ...stepped.pair, refreshToken: stepped.pair.refreshToken ?? old.pair.refreshToken };
    const next = sessions.nextCommit(old, pair);
    const { version } = next;
    const ttlMs = sessions.rememberMs(stepped, pair.refreshedAtMs);
    // Before the commit: where the tokens do not fit, nothing has changed.
    const written = await cookies.seal(exchange.headers.cookie, { ...stepped, version, pair }, ttlMs);
    const [verdict, ended] = await Promise.all([
      store.commit(id, next, ttlMs),
      sessions.endedElsewhere(old.seal).catch(() => null),
    ]);
    if (verdict === 'committed' && !ended)
      return { kind: 'stepped up', cookies: isSaidAnew(old.seal, stepped) ? written : [] };
    const found = ended ?? (await sessions.look(old.seal));
    if (found.kind === 'live') return commit(exchange, found, stepped);
    await revoke(stepped.pair, exchange.requestId);
    return mismatch('The session ended before it was stepped up.');
  }

  /** Waits for the session's lease, and commits under it. */
  async function stepUnderLease(
    exchange: Exchange,
    seal: SealedSession,
    stepped: SealedSession,
  ): Promise<SteppedUp> {
    const { id } = seal;
    for (const untilMs = clock.now() + refreshTimeoutMs; clock.now() < untilMs; await sleep(clock, POLL_MS)) {
      const leased = await underLease(
        { store, clock, id, pauseMs: refreshTimeoutMs },
        {
          look: async (acquiring) => Promise.all([sessions.look(seal, acquiring), cooldown.known(id)]),
          work: async ([found, known]): Promise<SteppedUp> => {
            if (found.kind === 'ended') {
              await revoke(stepped.pair, exchange.requestId);
              return mismatch('The session that was to be stepped up has ended.');
            }
            const result = await commit(exchange, found, stepped);
            // What the issuer said of the old refresh token says nothing of the new one.
            if (result.kind === 'stepped up') await cooldown.granted(id, known, clock.now());
            return result;
          },
          lingers: () => undefined,
        },
      );
      if (leased.held) return leased.result;
    }
    throw new ApiError('upstream_unavailable', { headers: retryAfter(RETRY_AFTER_MS) });
  }

  return async function stepUp(
    exchange: Exchange,
    sessionId: string,
    granted: GrantedLogin,
  ): Promise<SteppedUp> {
    const { headers, requestId } = exchange;
    const { pair, sid, idToken } = granted;
    const seal = await cookies.open(headers.cookie);
    if (seal?.id !== sessionId || seal.user.id !== granted.user.id) {
      // A session of the same person in this browser may live on the same grant.
      if (seal?.user.id !== granted.user.id) await revoke(pair, requestId);
      return mismatch(
        seal?.id === sessionId
          ? 'Another person logged in than the one whose session was to be stepped up.'
          : 'This browser holds another session than the one that was to be stepped up.',
      );
    }
    const user = await hooks.login({ ...granted, stepsUp: sessionId }, requestId);
    const stepped: SealedSession = {
      ...seal,
      user,
      pair,
      ...(sid === undefined ? {} : { sid }),
      ...(idToken === undefined ? {} : { idToken }),
    };
    const result = await stepUnderLease(exchange, seal, stepped);
    if (result.kind === 'mismatch') return result;
    void list.note(stepped, exchange, pair.refreshedAtMs);
    log.info({ session: sessionId, requestId }, 'stepped up');
    audit(log, { event: 'stepped_up', session: sessionId, person: personOf(seal), requestId });
    return result;
  };
}

/** Whether the seal says more of the session than its tokens that was not so before. */
const isSaidAnew = (before: SealedSession, after: SealedSession): boolean =>
  before.sid !== after.sid || JSON.stringify(before.user) !== JSON.stringify(after.user);

export type StepUp = ReturnType<typeof createStepUp>;
