import { LRUCache } from 'lru-cache';
import { RESEAL_HEADER, VERSION_HEADER } from '../../contract/headers.ts';
import type { ClientAddressOf } from '../http/clientAddress.ts';
import { claimsSession } from '../http/csrfGuard.ts';
import type { Exchange } from '../http/exchange.ts';
import { ApiError, isApiError, retryAfter } from '../http/problem.ts';
import type { FindSession } from '../http/sessionGuard.ts';
import { isAlive } from '../refresh/isFresh.ts';
import type { RefusedResources } from '../refresh/refusedResources.ts';
import type { ServeRefresh } from '../refresh/serve.ts';
import type { LiveSession } from '../session/resolve.ts';
import { tokenOf, type HeldToken, type TokenName } from '../session/tokens.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { ClientToken, ClientTokenSource } from './clientToken.ts';
import type { Upstream } from './upstreams.ts';

const AGAIN_MS = 1000;
const REMEMBERED_DEAD = 1000;

/** For whom a call goes upstream, and with which token. */
export interface Caller {
  /** The bearer token; `null` where no `Authorization` is sent, or `newer` must obtain one first. */
  readonly accessToken: string | null;
  /** Whether the upstream takes no token from this caller. */
  readonly isAnonymous: boolean;
  /** Whether a token that expired is replaced here, and the request is sent again if it can be. */
  readonly refreshes: boolean;
  /** By what the limits count calls. */
  readonly sessionId: string;
  readonly personId: string;
  /** The session that the call belongs to; `null` where it has none. */
  readonly session: LiveSession | null;
  /** Tells whether there is a token that has not expired, as far as its issuer said when it will. */
  isAlive(nowMs: number): boolean;
  /** The same caller with a newer token; `null` where there is none to be had. */
  newer(requestId: string): Promise<Caller | null>;
  /** Does what lets a request with a body succeed when its client sends it again. */
  prepareAgain(requestId: string): Promise<unknown>;
  /** The error that answers an upstream's 401; `null` where the upstream's own answer passes. */
  refusal(): ApiError | null;
}

/** What the callers of one upstream share. */
interface SessionTokens {
  readonly serveRefresh: ServeRefresh;
  readonly refused: RefusedResources;
  /** Versions of tokens that an upstream refused, by session: they are dead, whatever their issuer said. */
  readonly dead: LRUCache<string, true>;
  /** Which of a session's tokens the upstream takes. */
  readonly name: TokenName;
  /** Whether the request is one for which expired tokens are replaced here. */
  readonly refreshesHere: boolean;
}

/** A person's session. @see refresh/serve.ts for what `newer` throws besides `upstream_refused` */
class SessionCaller implements Caller {
  readonly isAnonymous = false;
  readonly session: LiveSession;
  readonly #tokens: SessionTokens;
  readonly #token: HeldToken | null;

  constructor(session: LiveSession, tokens: SessionTokens) {
    this.session = session;
    this.#tokens = tokens;
    this.#token = tokenOf(session, tokens.name);
  }

  get accessToken(): string | null {
    return this.#token?.accessToken ?? null;
  }

  get sessionId(): string {
    return this.session.seal.id;
  }

  get personId(): string {
    return this.session.seal.user.id;
  }

  /**
   * A browser asks for a new token by the version of the one that died. It can do so where that version is not older than its
   * cookie: it takes an older one for old news, and sends its request again. So those tokens are replaced here.
   */
  get #isOutOfReach(): boolean {
    return (this.#token?.version ?? 0) < this.session.seal.version;
  }

  get refreshes(): boolean {
    return this.#tokens.refreshesHere || this.#isOutOfReach;
  }

  isAlive(nowMs: number): boolean {
    return this.#token !== null && isAlive(this.#token, nowMs) && !this.#tokens.dead.has(this.#key);
  }

  async newer(requestId: string): Promise<Caller | null> {
    const { serveRefresh, name } = this.#tokens;
    const version = this.#token?.version ?? 0;
    const { kind, session } = await serveRefresh(this.session, { version, name }, requestId);
    if (kind === 'resource refused') throw new ApiError('upstream_refused');
    const newer = tokenOf(session, name);
    return newer && newer.version > version ? new SessionCaller(session, this.#tokens) : null;
  }

  /** The browser takes the 401 for old news, and sends the request again at once. */
  async prepareAgain(requestId: string): Promise<void> {
    if (this.#isOutOfReach) await this.newer(requestId);
  }

  refusal(): ApiError {
    const { name, refused, dead } = this.#tokens;
    // With one token the browser's next request brings a newer version. With several, this token may still be the newest.
    if (this.session.pair.resources) dead.set(this.#key, true);
    // The browser has asked for a new token already, and the issuer gave none.
    if (name !== null && refused.has(this.sessionId, name)) return new ApiError('upstream_refused');
    return new ApiError('token_expired', {
      headers: { [VERSION_HEADER]: String(this.#token?.version ?? 0) },
    });
  }

  get #key(): string {
    return `${this.sessionId}.${this.#token?.version ?? 0}`;
  }
}

/** This app itself. A failure of its token ends no session. */
class ClientCaller implements Caller {
  readonly isAnonymous = false;
  readonly refreshes = true;
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
 * | `user` | needed | the session's newest access token, or that of the upstream's resource |
 * | `user-or-none` | needed only by a caller that says it acts for one | the same, or nothing |
 * | `client` | needed, but not by the server's own code | the app's own token |
 * | `none` | not looked for | nothing |
 *
 * The function it returns throws `no_session`, `session_ended`, `session_changed`; for the app's own token also
 * `upstream_unavailable` and `upstream_refused`.
 */
export function createCallers(options: CallersOptions): FindCaller {
  const { findSession, serveRefresh, refused, refreshesHere, clientAddressOf } = options;
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

  return async (exchange, { token, clientToken, resource }, isOwnCode) => {
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
    const name = resource?.key ?? null;
    return new SessionCaller(session, { serveRefresh, refused, dead, name, refreshesHere: isHere });
  };
}

function nullIfAbsent(error: unknown): null {
  if (isApiError(error) && (error.code === 'no_session' || error.code === 'session_ended')) return null;
  throw error;
}
