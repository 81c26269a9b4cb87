import type { LRUCache } from 'lru-cache';
import { VERSION_HEADER } from '../../contract/headers.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../http/problem.ts';
import { isAlive } from '../refresh/isFresh.ts';
import type { RefusedResources } from '../refresh/refusedResources.ts';
import type { ServeRefresh } from '../refresh/serve.ts';
import type { LiveSession } from '../session/resolve.ts';
import { tokenOf, type HeldToken, type TokenName } from '../session/tokens.ts';
import type { Caller } from './caller.ts';
import { isSubjectRefused, type ExchangedTokens } from './exchangedTokens.ts';
import type { ObtainedToken, TokenSource } from './tokenSource.ts';

/** What the callers of one upstream share. */
export interface SessionTokens {
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
export class SessionCaller implements Caller {
  readonly isAnonymous = false;
  readonly session: LiveSession;
  readonly #tokens: SessionTokens;
  readonly #token: HeldToken | null;

  constructor(session: LiveSession, tokens: SessionTokens) {
    this.session = session;
    this.#tokens = tokens;
    this.#token = tokenOf(session, tokens.name);
  }

  get token(): HeldToken | null {
    return this.#token;
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
   * A browser asks for a new token by the version of the one that died. It takes a version below the one that it knows for old
   * news, and sends its request again at once. It may know any version up to the newest, whatever its cookie says: from the
   * page, or from `GET /api/user`. So only the token of the newest version can be asked for; others are replaced here.
   */
  get #isOutOfReach(): boolean {
    return (this.#token?.version ?? 0) < this.session.version;
  }

  get refreshes(): boolean {
    return this.#tokens.refreshesHere || this.#isOutOfReach;
  }

  isAlive(nowMs: number): boolean {
    return this.#token !== null && isAlive(this.#token, nowMs) && !this.#tokens.dead.has(this.#key);
  }

  async newer(requestId: string): Promise<SessionCaller | null> {
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
    return this.expired();
  }

  /** The error that has a browser ask for a newer token. */
  expired(): ApiError {
    return new ApiError('token_expired', {
      headers: { [VERSION_HEADER]: String(this.#token?.version ?? 0) },
    });
  }

  get #key(): string {
    return `${this.sessionId}.${this.#token?.version ?? 0}`;
  }
}

/** A person's session whose own token is exchanged for one that the upstream takes. A failure of that ends no session. */
export class ExchangeCaller implements Caller {
  readonly isAnonymous = false;
  readonly refreshes = true;
  readonly #subject: SessionCaller;
  readonly #exchanged: ExchangedTokens;
  readonly #token: ObtainedToken | null;
  readonly #clock: Clock;

  constructor(subject: SessionCaller, parts: ExchangeParts, token: ObtainedToken | null = null) {
    this.#subject = subject;
    this.#exchanged = parts.exchanged;
    this.#clock = parts.clock;
    this.#token = token;
  }

  get session(): LiveSession {
    return this.#subject.session;
  }

  get sessionId(): string {
    return this.#subject.sessionId;
  }

  get personId(): string {
    return this.#subject.personId;
  }

  get accessToken(): string | null {
    return this.#token?.accessToken ?? null;
  }

  isAlive(): boolean {
    return this.#token !== null;
  }

  async newer(requestId: string): Promise<Caller | null> {
    if (this.#token) {
      const token = await this.#sourceOf(this.#subject).newerThan(this.#token);
      return token && this.#with(this.#subject, token);
    }
    const subject = this.#subject.isAlive(this.#clock.now())
      ? this.#subject
      : await refreshedSubject(this.#subject, requestId);
    try {
      return this.#with(subject, await this.#sourceOf(subject).current());
    } catch (error) {
      if (!isSubjectRefused(error)) throw error;
      const newer = await refreshedSubject(subject, requestId);
      return this.#with(newer, await this.#sourceOf(newer).current());
    }
  }

  async prepareAgain(): Promise<void> {
    if (this.#token) this.#sourceOf(this.#subject).forget(this.#token);
  }

  /** Answers `token_expired` for the session's own token: the upstream refuses what that one was exchanged for. */
  refusal(): ApiError {
    return this.#subject.expired();
  }

  #sourceOf({ sessionId, token }: SessionCaller): TokenSource {
    return this.#exchanged(sessionId, token as HeldToken);
  }

  #with(subject: SessionCaller, token: ObtainedToken): ExchangeCaller {
    return new ExchangeCaller(subject, { exchanged: this.#exchanged, clock: this.#clock }, token);
  }
}

export interface ExchangeParts {
  readonly exchanged: ExchangedTokens;
  readonly clock: Clock;
}

/** Refreshes the session's own token where this request may do so; else throws the `token_expired` for its browser. */
async function refreshedSubject(subject: SessionCaller, requestId: string): Promise<SessionCaller> {
  const newer = subject.refreshes ? await subject.newer(requestId) : null;
  if (!newer) throw subject.expired();
  return newer;
}
