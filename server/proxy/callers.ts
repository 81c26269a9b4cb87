import { VERSION_HEADER } from '../../contract/headers.ts';
import type { ClientAddressOf } from '../http/clientAddress.ts';
import { claimsSession } from '../http/csrfGuard.ts';
import type { Exchange } from '../http/exchange.ts';
import { ApiError, isApiError, retryAfter } from '../http/problem.ts';
import type { FindSession } from '../http/sessionGuard.ts';
import { isAlive } from '../refresh/isFresh.ts';
import type { ServeRefresh } from '../refresh/serve.ts';
import type { LiveSession } from '../session/resolve.ts';
import type { ClientToken, ClientTokenSource } from './clientToken.ts';
import type { Upstream } from './upstreams.ts';

const AGAIN_MS = 1000;

/** For whom a call goes upstream, and with which token. */
export interface Caller {
  /** The bearer token; `null` where no `Authorization` is sent. */
  readonly accessToken: string | null;
  /** By what the limits count calls. */
  readonly sessionId: string;
  readonly personId: string;
  /** The session that the call belongs to; `null` where it has none. */
  readonly session: LiveSession | null;
  /** Tells whether the token has not expired, as far as its issuer said when it will. */
  isAlive(nowMs: number): boolean;
  /** The same caller with a newer token; `null` where there is none to be had. */
  newer(requestId: string): Promise<Caller | null>;
  /** The error that answers an upstream's 401; `null` where the upstream's own answer passes. */
  refusal(): ApiError | null;
}

/** A person's session. @see refresh/serve.ts for what `newer` throws */
class SessionCaller implements Caller {
  readonly session: LiveSession;
  readonly #serveRefresh: ServeRefresh;

  constructor(session: LiveSession, serveRefresh: ServeRefresh) {
    this.session = session;
    this.#serveRefresh = serveRefresh;
  }

  get accessToken(): string {
    return this.session.pair.accessToken;
  }

  get sessionId(): string {
    return this.session.seal.id;
  }

  get personId(): string {
    return this.session.seal.user.id;
  }

  isAlive(nowMs: number): boolean {
    return isAlive(this.session.pair, nowMs);
  }

  async newer(requestId: string): Promise<Caller | null> {
    const { version } = this.session;
    const { session } = await this.#serveRefresh(this.session, version, requestId);
    return session.version > version ? new SessionCaller(session, this.#serveRefresh) : null;
  }

  refusal(): ApiError {
    return new ApiError('token_expired', { headers: { [VERSION_HEADER]: String(this.session.version) } });
  }
}

/** This app itself. A failure of its token ends no session. */
class ClientCaller implements Caller {
  readonly sessionId: string;
  readonly personId: string;
  readonly session: LiveSession | null;
  readonly #source: ClientTokenSource;
  readonly #token: ClientToken;
  readonly #isSecond: boolean;

  constructor(counted: Counted, source: ClientTokenSource, token: ClientToken, isSecond = false) {
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

  refusal(): ApiError {
    if (this.#isSecond || !this.#source.forget(this.#token)) return new ApiError('upstream_refused');
    // The body could not be sent a second time. The next call gets a new token.
    return new ApiError('upstream_unavailable', { headers: retryAfter(AGAIN_MS) });
  }
}

/** A caller without a token: of an upstream that takes none, or without a session. */
class TokenlessCaller implements Caller {
  readonly accessToken = null;
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

  refusal(): ApiError | null {
    return this.#mayLogIn ? new ApiError('no_session') : null;
  }
}

type Counted = Pick<Caller, 'sessionId' | 'personId' | 'session'>;

export interface CallersOptions {
  readonly findSession: FindSession;
  readonly serveRefresh: ServeRefresh;
  readonly clientAddressOf: ClientAddressOf;
}

/** Finds for whom a call goes upstream; `isOwnCode` where the server's own code calls. */
export type FindCaller = (exchange: Exchange, upstream: Upstream, isOwnCode: boolean) => Promise<Caller>;

/**
 * Makes what decides for whom a call goes upstream.
 *
 * | token | a session is | attached |
 * |---|---|---|
 * | `user` | needed | the session's newest access token |
 * | `user-or-none` | needed only by a caller that says it acts for one | the same, or nothing |
 * | `client` | needed, but not by the server's own code | the app's own token |
 * | `none` | not looked for | nothing |
 *
 * The function it returns throws `no_session`, `session_ended`, `session_changed`; for the app's own token also
 * `upstream_unavailable` and `upstream_refused`.
 */
export function createCallers({ findSession, serveRefresh, clientAddressOf }: CallersOptions): FindCaller {
  /** Calls without a session are counted by the address that they come from. */
  const addressOf = (exchange: Exchange): Counted => {
    const key = `address:${clientAddressOf(exchange).address}`;
    return { sessionId: key, personId: key, session: null };
  };

  return async (exchange, { token, clientToken }, isOwnCode) => {
    if (token === 'none') return new TokenlessCaller(addressOf(exchange), false);
    if (token === 'client' && clientToken) {
      const isFree = isOwnCode && !claimsSession(exchange);
      const counted = isFree
        ? addressOf(exchange)
        : new SessionCaller(await findSession(exchange), serveRefresh);
      return new ClientCaller(counted, clientToken, await clientToken.current());
    }
    const isFree = token === 'user-or-none' && !claimsSession(exchange);
    const session = isFree ? await findSession(exchange).catch(nullIfAbsent) : await findSession(exchange);
    return session
      ? new SessionCaller(session, serveRefresh)
      : new TokenlessCaller(addressOf(exchange), true);
  };
}

function nullIfAbsent(error: unknown): null {
  if (isApiError(error) && (error.code === 'no_session' || error.code === 'session_ended')) return null;
  throw error;
}
