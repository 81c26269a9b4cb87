import type { LoginRequest, LogoutRequest, SessionInfo, User } from '../contract/user.ts';
import { toApiError, type ApiError } from '../store/apiError.ts';
import { askWho, logIn, logOut } from '../store/authCalls.ts';
import {
  answered,
  found,
  heldSession,
  loggedOut,
  preloadAuth,
  refreshed,
  signedIn,
  signedOut,
  UNKNOWN,
  withRefresh,
  type AuthState,
  type HeldSession,
  type RefreshStatus,
  type SignedOutReason,
} from '../store/authState.ts';
import { createBrowserHalf } from '../store/browserHalf.ts';
import {
  createConnection,
  createHttp,
  type Connection,
  type ConnectionOptions,
} from '../store/connection.ts';
import type { EngineEvent } from '../store/engineEvents.ts';
import { createHintFollower } from '../store/hintRules.ts';
import type { RefreshAheadSettings } from '../store/refreshRules.ts';
import { createSessionTimer } from './sessionTimer.ts';

/** Whom the page shows. `unreachable`: the server could not be asked; it is asked again when the page is seen or online. */
export type SessionState<U extends User = User> =
  | { readonly status: 'loading' }
  | {
      readonly status: 'signedIn';
      readonly user: U;
      readonly session: HeldSession;
      readonly refresh: RefreshStatus;
    }
  | { readonly status: 'signedOut'; readonly reason: Exclude<SignedOutReason, 'unreachable'> }
  | { readonly status: 'unreachable' };

/** What a page can do with its session. None of these rejects: a failure is the value. */
export interface SessionActions {
  /** Resolves with `null`, or with why the login failed. */
  login(credentials: LoginRequest): Promise<ApiError | null>;
  /** Ends the session that the page shows. `endSessionUrl` is where the provider ends its own: go there. */
  logout(
    request?: LogoutRequest,
  ): Promise<{ readonly error: ApiError | null; readonly endSessionUrl: string | null }>;
  /** Refreshes now, or joins the running refresh. */
  refreshNow(): Promise<ApiError | null>;
  /** The axios instance whose requests wait for a refresh. */
  readonly http: Connection['http'];
}

export interface SessionOptions<U extends User = User> extends ConnectionOptions {
  /** What `getSession` found on the server: `null` for no session; leave it out where the server was not asked. */
  readonly initial?: SessionInfo<U> | null | undefined;
  /** When to refresh before the access token expires; default: 30 s before. */
  readonly refreshAhead?: RefreshAheadSettings | undefined;
}

/** A session of {@link createSession}. */
export interface Session<U extends User = User> extends SessionActions {
  getSnapshot(): SessionState<U>;
  /** What the server rendered and the browser renders first. */
  getServerSnapshot(): SessionState<U>;
  subscribe(listener: () => void): () => void;
  /** Takes a session that came with newer page data, and lets the cookie catch up with it. */
  meet(info: SessionInfo<U> | null | undefined): void;
  /** Starts the engine, in the browser. Returns what stops it. */
  start(): () => void;
}

/**
 * The session of one page, without Redux. Making it starts nothing, so that it may be made on the server, one for each
 * request, or twice by React's StrictMode.
 *
 * @see docs/doors.md, React without Redux
 */
export function createSession<U extends User = User>(options: SessionOptions<U> = {}): Session<U> {
  const page = new PageSession(options);
  const getServerSnapshot = (
    (first) => () =>
      first
  )(page.shown);
  return {
    http: page.http,
    getSnapshot: () => page.shown as SessionState<U>,
    getServerSnapshot: () => getServerSnapshot() as SessionState<U>,
    subscribe: (listener) => page.subscribe(listener),
    meet: (info) => page.meet(info),
    start: () => page.start(),
    login: (credentials) => page.login(credentials),
    logout: (request = {}) => page.logout(request),
    refreshNow: () => page.refresh(),
  };
}

/** Holds the state of one page, by the same rules as the Redux slice. */
class PageSession {
  readonly http: Connection['http'];
  readonly half: ReturnType<typeof createBrowserHalf<Connection>>;
  shown: SessionState;
  #auth: AuthState;
  /** The session that was left last: page data from before must not bring it back. */
  #left: string | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #follow: ReturnType<typeof createHintFollower>;
  readonly #timer: ReturnType<typeof createSessionTimer>;

  constructor({ initial, refreshAhead, ...options }: SessionOptions) {
    this.#auth = initial === null ? signedOut(UNKNOWN, 'anonymous') : preloadAuth(initial);
    this.shown = viewOf(this.#auth, { status: 'loading' });
    this.http = createHttp(options.http);
    this.half = createBrowserHalf(
      { ...options, http: this.http },
      {
        onEvent: (event) => this.#hear(event),
        onLook: () => this.#look(),
        // There is an engine from the start, which says so itself.
        onHint: () => undefined,
        held: () => heldSession(this.#auth, this.half.parts.page.now()),
      },
      { open: createConnection, atStart: true },
    );
    const { parts } = this.half;
    this.#follow = createHintFollower(parts.page);
    this.#timer = createSessionTimer(
      parts.page,
      { auth: () => this.#auth, refresh: () => this.refresh(), ask: () => this.#ask() },
      refreshAhead,
    );
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  start(): () => void {
    const leave = this.half.start();
    if (this.#auth.status === 'unknown') void this.#ask();
    return () => {
      leave();
      this.#timer.stop();
    };
  }

  meet(info: SessionInfo | null | undefined): void {
    if (!info || info.session.id === this.#left) return;
    const auth = this.#auth;
    const isKnown = auth.status === 'signedIn' && auth.session.id === info.session.id;
    if (!isKnown || auth.session.version < info.session.version) {
      this.half.parts.reauth.loggedIn(info);
      this.#set(found(auth, { ...info, seenAtMs: this.half.parts.page.now() }));
    }
    void this.half.catchUp(info);
  }

  async login(credentials: LoginRequest): Promise<ApiError | null> {
    if (this.#auth.status !== 'signedIn') this.#set({ status: 'signingIn', epoch: this.#auth.epoch + 1 });
    try {
      const sighting = await logIn(this.half.parts, credentials);
      this.#set(signedIn(sighting, this.#auth.epoch + 1));
      return null;
    } catch (thrown) {
      if (this.#auth.status === 'signingIn') this.#set(signedOut(this.#auth, 'login_refused'));
      return toApiError(thrown);
    }
  }

  async logout(request: LogoutRequest) {
    try {
      const { sessionId, endSessionUrl } = await logOut(this.half.parts, this.#auth, request);
      this.#set(loggedOut(this.#auth, sessionId));
      return { error: null, endSessionUrl };
    } catch (thrown) {
      const error = toApiError(thrown);
      // Another person has logged in: find out who that is.
      if (error.code === 'session_changed') void this.#ask();
      return { error, endSessionUrl: null };
    }
  }

  async refresh(): Promise<ApiError | null> {
    try {
      await this.half.parts.reauth.refresh();
      return null;
    } catch (thrown) {
      return toApiError(thrown);
    }
  }

  #set(next: AuthState): void {
    const before = this.#auth;
    if (next === before) return;
    this.#auth = next;
    if (before.status === 'signedIn' && next.status === 'signedOut') this.#left = before.session.id;
    this.shown = viewOf(next, this.shown);
    this.#timer.plan();
    this.#listeners.forEach((listener) => listener());
  }

  async #ask(): Promise<void> {
    try {
      this.#set(answered(this.#auth, await askWho(this.half.parts, () => this.#auth)));
    } catch {
      if (this.#auth.status === 'unknown') this.#set(signedOut(this.#auth, 'unreachable'));
    }
  }

  #look(): void {
    this.#timer.plan('again');
    if (this.shown.status === 'unreachable' && this.half.parts.page.isVisible()) return void this.#ask();
    this.#follow(this.#auth, () => void this.#ask());
  }

  #hear(event: EngineEvent): void {
    switch (event.type) {
      case 'refreshStarted':
        return this.#set(withRefresh(this.#auth, 'refreshing'));
      case 'refreshFailed':
        return this.#set(withRefresh(this.#auth, 'degraded'));
      case 'refreshAborted':
        return this.#set(withRefresh(this.#auth, 'idle'));
      case 'sessionEnded':
        return this.#set(
          this.#auth.status === 'signedIn' ? signedOut(this.#auth, 'session_ended') : this.#auth,
        );
      case 'sessionRenewed':
        if (event.session) return this.#set(refreshed(this.#auth, { ...event.session, seenAtMs: event.at }));
        // Another tab refreshed it: only the server knows how long it lives.
        this.#set(withRefresh(this.#auth, 'idle'));
        return this.#follow(this.#auth, () => void this.#ask());
      case 'hintLost':
      case 'sessionChanged':
        this.#set(withRefresh(this.#auth, 'idle'));
        return void this.#ask();
      case 'warned':
        // eslint-disable-next-line no-console -- the engine speaks up only while developing
        return console.warn(event.message);
      default:
    }
  }
}

/** What the page shows of a state. While a login runs, what was shown before: a form must not go away. */
function viewOf(auth: AuthState, before: SessionState): SessionState {
  switch (auth.status) {
    case 'unknown':
      return { status: 'loading' };
    case 'signingIn':
      return before;
    case 'signedIn': {
      const { user, session, refresh } = auth;
      return { status: 'signedIn', user, session, refresh };
    }
    case 'signedOut':
      return auth.reason === 'unreachable'
        ? { status: 'unreachable' }
        : { status: 'signedOut', reason: auth.reason };
    default:
      return auth satisfies never;
  }
}
