import { randomBytes } from 'node:crypto';
import type { User } from '../../contract/user.ts';
import type { Clock } from '../clock.ts';
import type { HookRunner } from '../hooks.ts';
import type { Exchange } from '../http/exchange.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import { audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { Revoke } from '../refresh/revoke.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Resources } from '../settings/resources.ts';
import type { SessionRecords } from '../store/contracts.ts';
import { newBoxKey } from '../store/tokenBox.ts';
import type { SessionCookies } from './cookies.ts';
import type { EndSession } from './end.ts';
import type { SessionList } from './list.ts';
import { personKey, type SealedSession, type TokenPair } from './record.ts';

const RETRY_AFTER_MS = 1000;

/** What an issuer gave at a login. */
export interface GrantedLogin {
  readonly user: User;
  readonly pair: TokenPair;
  /** The provider's own session id, for back-channel logout. */
  readonly sid?: string;
  /** Kept for the provider's logout, where the settings want that. */
  readonly idToken?: string;
  /** The claims of the ID token, for the host app's hooks. */
  readonly idTokenClaims?: Readonly<Record<string, unknown>>;
}

export interface StartedSession {
  readonly session: SealedSession;
  /** `Set-Cookie` values. */
  readonly cookies: readonly string[];
}

export interface StartSessionOptions {
  readonly cookies: SessionCookies;
  readonly records: SessionRecords;
  readonly list: SessionList;
  readonly endSession: EndSession;
  readonly revoke: Revoke;
  readonly hooks: Pick<HookRunner, 'login'>;
  readonly settings: Pick<Settings, 'idleMs' | 'maxMs'>;
  /** The resources that a login asks for. */
  readonly resources: Resources;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Makes what starts a session: it seals a new one with a new id (session fixation), and ends the one that the cookie
 * jar held, so that a refresh of that one which is still under way cannot bring it back (P5).
 *
 * The function it returns throws `upstream_unavailable` where the store cannot be asked, `login_refused` and
 * `session_too_large`; the tokens are revoked then.
 */
export function createStartSession(options: StartSessionOptions) {
  const { cookies, records, list, endSession, revoke, hooks, settings, clock, log } = options;
  const asked = [...options.resources.keys()];

  return async function startSession(exchange: Exchange, granted: GrantedLogin): Promise<StartedSession> {
    const { headers, requestId } = exchange;
    const { pair, sid, idToken, idTokenClaims } = granted;
    const giveBack = async (error: unknown): Promise<never> => {
      await revoke(pair, requestId);
      throw error;
    };
    const user = await hooks.login(granted, requestId).catch(giveBack);
    const epoch = await records.epochAtLogin(personKey(user.id), settings.maxMs).catch((cause: unknown) => {
      return giveBack(new ApiError('upstream_unavailable', { cause, headers: retryAfter(RETRY_AFTER_MS) }));
    });
    const session: SealedSession = {
      id: randomBytes(16).toString('base64url'),
      version: 1,
      user,
      pair,
      boxKey: newBoxKey(),
      epoch,
      createdAtMs: clock.now(),
      ...(asked.length === 0 ? {} : { resources: asked }),
      ...(sid === undefined ? {} : { sid }),
      ...(idToken === undefined ? {} : { idToken }),
    };
    const old = await cookies.open(headers.cookie);
    const maxAgeMs = Math.min(settings.idleMs, settings.maxMs);
    const written = await cookies.seal(headers.cookie, session, maxAgeMs).catch(giveBack);
    await list.note(session, exchange, pair.refreshedAtMs);
    // A provider may keep one grant for both logins of a person, and revokes all of it: the new tokens too.
    const keepsTokens = idTokenClaims !== undefined && old?.user.id === user.id;
    if (old) await endSession(old, 'replaced', { requestId, keepsTokens });
    log.info({ session: session.id, requestId }, 'logged in');
    audit(log, { event: 'login', session: session.id, person: personKey(user.id), requestId });
    if (pair.refreshToken === null)
      log.warn(
        { session: session.id, requestId },
        'the issuer gave no refresh token: this session ends with its access token',
      );
    return { session, cookies: written };
  };
}

export type StartSession = ReturnType<typeof createStartSession>;
