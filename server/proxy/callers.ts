import { LRUCache } from 'lru-cache';
import { RESEAL_HEADER } from '../../contract/headers.ts';
import type { Clock } from '../clock.ts';
import type { ClientAddressOf } from '../http/clientAddress.ts';
import { claimsSession } from '../http/csrfGuard.ts';
import type { Exchange } from '../http/exchange.ts';
import { ApiError, isApiError, retryAfter } from '../http/problem.ts';
import type { FindSession } from '../http/sessionGuard.ts';
import type { RefusedResources } from '../refresh/refusedResources.ts';
import type { ServeRefresh } from '../refresh/serve.ts';
import type { LiveSession } from '../session/resolve.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Caller } from './caller.ts';
import { ExchangeCaller, SessionCaller } from './sessionCallers.ts';
import type { ObtainedToken, TokenSource } from './tokenSource.ts';
import type { Upstream } from './upstreams.ts';

const AGAIN_MS = 1000;
const REMEMBERED_DEAD = 1000;

/** This app itself. A failure of its token ends no session. */
class ClientCaller implements Caller {
  readonly isAnonymous = false;
  readonly refreshes = true;
  readonly sessionId: string;
  readonly personId: string;
  readonly session: LiveSession | null;
  readonly #source: TokenSource;
  readonly #token: ObtainedToken;
  readonly #isSecond: boolean;

  constructor(counted: Counted, source: TokenSource, token: ObtainedToken, isSecond = false) {
    [this.sessionId, this.personId] = [counted.sessionId, counted.personId];
    this.session = counted.session;
    this.#source = source;
    this.#token = token;
    this.#isSecond = isSecond;
  }

  get accessToken(): string {
    return this.#token.accessToken;
  }

  isAlive(): boolean {
    return true;
  }

  async newer(): Promise<Caller | null> {
    const token = await this.#source.newerThan(this.#token);
    return token && new ClientCaller(this, this.#source, token, true);
  }

  async prepareAgain(): Promise<void> {
    // `refusal` lets the next call obtain a new token.
  }

  refusal(): ApiError {
    if (this.#isSecond || !this.#source.forget(this.#token)) return new ApiError('upstream_refused');
    // The body could not be sent a second time. The next call gets a new token.
    return new ApiError('upstream_unavailable', { headers: retryAfter(AGAIN_MS) });
  }
}

/** A caller without a token: of an upstream that takes none, or without a session. */
class TokenlessCaller implements Caller {
  readonly accessToken = null;
  readonly isAnonymous = true;
  readonly refreshes = false;
  readonly session = null;
  readonly sessionId: string;
  readonly personId: string;
  readonly #mayLogIn: boolean;

  constructor({ sessionId, personId }: Counted, mayLogIn: boolean) {
    [this.sessionId, this.personId] = [sessionId, personId];
    this.#mayLogIn = mayLogIn;
  }

  isAlive(): boolean {
    return true;
  }

  async newer(): Promise<null> {
    return null;
  }

  async prepareAgain(): Promise<void> {
    // No token can be newer than none.
  }

  refusal(): ApiError | null {
    return this.#mayLogIn ? new ApiError('no_session') : null;
  }
}

type Counted = Pick<Caller, 'sessionId' | 'personId' | 'session'>;

export interface CallersOptions {
  readonly findSession: FindSession;
  readonly serveRefresh: ServeRefresh;
  readonly refused: RefusedResources;
  readonly refreshesHere: RefreshesHere;
  readonly clientAddressOf: ClientAddressOf;
  readonly clock: Clock;
}

/** Finds for whom a call goes upstream; `isOwnCode` where the server's own code calls, which has expired tokens replaced. */
export type FindCaller = (exchange: Exchange, upstream: Upstream, isOwnCode: boolean) => Promise<Caller>;

/** Tells whether an expired token of this request is replaced here. */
export type RefreshesHere = (exchange: Pick<Exchange, 'headers'>) => boolean;

/** Makes what tells where an expired token is replaced, by `PROXY_REFRESH`. */
export function createRefreshesHere({ proxyRefresh }: Pick<Settings, 'proxyRefresh'>): RefreshesHere {
  return ({ headers }) =>
    proxyRefresh === 'always' ||
    (proxyRefresh === 'without-interceptor' && headers[RESEAL_HEADER.toLowerCase()] === undefined);
}

/**
 * Makes what decides for whom a call goes upstream.
 *
 * | token | a session is | attached |
 * |---|---|---|
 * | `user` | needed | the session's newest access token, that of the upstream's resource, or what the former is exchanged for |
 * | `user-or-none` | needed only by a caller that says it acts for one | the same, or nothing |
 * | `client` | needed, but not by the server's own code | the app's own token |
 * | `none` | not looked for | nothing |
 *
 * The function it returns throws `no_session`, `session_ended`, `session_changed`; for the app's own token also
 * `upstream_unavailable` and `upstream_refused`.
 */
export function createCallers(options: CallersOptions): FindCaller {
  const { findSession, serveRefresh, refused, refreshesHere, clientAddressOf, clock } = options;
  const dead = new LRUCache<string, true>({ max: REMEMBERED_DEAD });

  /** Calls without a session are counted by the address that they come from. */
  const addressOf = (exchange: Exchange): Counted => {
    const key = `address:${clientAddressOf(exchange).address}`;
    return { sessionId: key, personId: key, session: null };
  };
  const countedBy = (session: LiveSession): Counted => ({
    sessionId: session.seal.id,
    personId: session.seal.user.id,
    session,
  });

  return async (exchange, { token, clientToken, exchanged, resource }, isOwnCode) => {
    if (token === 'none') return new TokenlessCaller(addressOf(exchange), false);
    if (token === 'client' && clientToken) {
      const isFree = isOwnCode && !claimsSession(exchange);
      const counted = isFree ? addressOf(exchange) : countedBy(await findSession(exchange));
      return new ClientCaller(counted, clientToken, await clientToken.current());
    }
    const isFree = token === 'user-or-none' && !claimsSession(exchange);
    const session = isFree ? await findSession(exchange).catch(nullIfAbsent) : await findSession(exchange);
    if (!session) return new TokenlessCaller(addressOf(exchange), true);
    const isHere = isOwnCode || refreshesHere(exchange);
    const name = resource?.by === 'refresh' ? resource.key : null;
    const caller = new SessionCaller(session, { serveRefresh, refused, dead, name, refreshesHere: isHere });
    return exchanged ? new ExchangeCaller(caller, { exchanged, clock }) : caller;
  };
}

function nullIfAbsent(error: unknown): null {
  if (isApiError(error) && (error.code === 'no_session' || error.code === 'session_ended')) return null;
  throw error;
}
