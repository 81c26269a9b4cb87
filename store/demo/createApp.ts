import { DEFAULT_COOKIE_NAME } from '../../contract/hint.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { readHintCookie, watchPage } from '../../interceptors/sessionHint.ts';
import { createTabStorage, type TabStorage } from '../../services/tabStorage.ts';
import { sessionChanged } from '../authSlice.ts';
import type { Client, ClientOptions } from './client.ts';
import type { Deps } from '../deps.ts';
import { createEngineListener } from '../engineEvents.ts';
import { restoreDrafts } from './keptDrafts.ts';
import type { LabTraffic } from './labTraffic.ts';
import { makeStore } from './makeStore.ts';
import { hintMoved, pageHidden, pageShown, sessionDoubted } from '../pageActions.ts';
import type { RefreshAheadSettings } from '../refreshRules.ts';
import { selectIsUploading } from './uploadsSlice.ts';

export interface AppOptions extends Pick<ClientOptions, 'http' | 'reauth'> {
  /** What the server found in the seal. */
  readonly session?: SessionInfo | null;
  /** Keep a timeline of all requests, for the lab. */
  readonly lab?: boolean;
  readonly refreshAhead?: RefreshAheadSettings;
  /** The server's `COOKIE_NAME`; what tabs share by name is called after it too. */
  readonly cookieName?: string | undefined;
  /** Where drafts outlive the page; default: the tab's own `sessionStorage`. */
  readonly tabStorage?: TabStorage;
}

/**
 * The composition root: one store, and one client (axios instance, engine, services) that is loaded when a person is
 * signed in or a first call is made: the home page and the login page do without its 25 KB until then.
 *
 * Making it starts nothing, so that it may be made on the server, or twice by React's StrictMode; `start` starts it and
 * returns what stops it.
 */
export function createApp({
  session = null,
  lab = false,
  refreshAhead,
  cookieName = DEFAULT_COOKIE_NAME,
  tabStorage = createTabStorage(`${cookieName}-drafts`),
  http,
  reauth: settings,
}: AppOptions = {}) {
  const { readHint = () => readHintCookie(cookieName), watchHint = watchPage } = settings ?? {};
  let connecting: Promise<Client> | null = null;
  let client: Client | null = null;
  let labTraffic: LabTraffic | null = null;

  // Only fetched, while the page hydrates: `start` is what makes one.
  if (session && typeof document !== 'undefined') import('./client.ts').catch(() => undefined);

  /** Loads the client once. One that could not be loaded is asked for again by the next call. */
  function connect(): Promise<Client> {
    if (connecting) return connecting;
    const mine = import('./client.ts').then(
      ({ createClient }) => {
        const made = createClient({
          http,
          reauth: { cookieName, ...settings },
          onEvent: onEngineEvent,
          session: held(),
        });
        if (connecting === mine) client = made;
        return made;
      },
      (cause: unknown) => {
        throw Object.assign(new Error('the client could not be loaded', { cause }), { code: 'ERR_NETWORK' });
      },
    );
    connecting = mine;
    mine.catch(() => {
      if (connecting === mine) connecting = null;
    });
    return mine;
  }

  /** A service whose calls load the client first. */
  const later = <Part extends Exclude<keyof Client, 'http' | 'reauth' | 'close'>>(part: Part): Client[Part] =>
    new Proxy({} as Client[Part], {
      get:
        (_, call: string) =>
        async (...given: unknown[]) => {
          const calls = (await connect())[part] as Readonly<Record<string, (...given: unknown[]) => unknown>>;
          return calls[call]?.(...given);
        },
    });

  const deps: Deps = {
    user: later('user'),
    sessions: later('sessions'),
    notes: later('notes'),
    lab: later('lab'),
    reauth: {
      refresh: async () => (await connect()).reauth.refresh(),
      exclusive: async (work) => (await connect()).reauth.exclusive(work),
      // An engine that is not there yet begins with the session that the store holds by then.
      loggedIn: (info) => client?.reauth.loggedIn(info),
      loggedOut: () => client?.reauth.loggedOut(),
    },
    connect,
    uploads: new Map(),
    inviteTab: (order) => labTraffic?.invite(order),
    tabStorage,
    page: {
      now: () => performance.now(),
      isVisible: () => typeof document === 'undefined' || document.visibilityState === 'visible',
      readHint,
    },
  };
  const store = makeStore(deps, { session, refreshAhead });
  const onEngineEvent = createEngineListener(store, {
    traffic: lab,
    onMarks: (marks) => labTraffic?.share(marks),
  });

  /** The session of the store, with what is left of its token's life. */
  function held(): SessionInfo | null {
    const { auth } = store.getState();
    if (auth.status !== 'signedIn') return null;
    const { seenAtMs, expiresInMs, ...rest } = auth.session;
    const left = expiresInMs === null ? null : Math.max(0, seenAtMs + expiresInMs - deps.page.now());
    return { user: auth.user, session: { ...rest, expiresInMs: left } };
  }

  /** Watches the hint for the engine that is not there yet: a login or logout in another tab is noticed before any call. */
  function watchUntilConnected(): () => void {
    let id = readHint()?.id;
    return watchHint(() => {
      const before = id;
      id = readHint()?.id;
      if (client || id === before) return false;
      store.dispatch(id ? hintMoved() : sessionDoubted());
      return true;
    });
  }

  return {
    store,
    connect,

    /** Gives the store a session that came with page data; called in a layout effect, before the first paint. */
    meet(info: SessionInfo | null): void {
      if (!info) return;
      const { auth } = store.getState();
      const known = auth.status === 'signedIn' && auth.session.id === info.session.id;
      if (known && auth.session.version >= info.session.version) return;
      deps.reauth.loggedIn(info);
      store.dispatch(sessionChanged({ ...info, seenAtMs: deps.page.now() }));
    },

    start(): () => void {
      const look = () => void store.dispatch(deps.page.isVisible() ? pageShown() : pageHidden());
      const stop = new AbortController();
      const { signal } = stop;
      signal.addEventListener('abort', watchUntilConnected());
      document.addEventListener('visibilitychange', look, { signal });
      window.addEventListener('pageshow', look, { signal });
      window.addEventListener('online', look, { signal });
      // A reload would silently end an upload; let the browser ask first.
      const stay = (event: Event) => selectIsUploading(store.getState()) && event.preventDefault();
      window.addEventListener('beforeunload', stay, { signal });
      // A page without a session has no need of it yet.
      if (held()) connect().catch(() => undefined);
      look();
      store.dispatch(restoreDrafts());
      // Only a page where the lab is served loads this.
      if (lab)
        void import('./labTraffic.ts').then(({ watchLabTraffic }) => {
          if (!signal.aborted)
            labTraffic = watchLabTraffic(store, { expire: () => deps.lab.expire(), name: cookieName });
        });
      return () => {
        stop.abort();
        labTraffic?.stop();
        labTraffic = null;
        store.dispatch(pageHidden());
        void connecting?.then((made) => made.close(), () => undefined); // prettier-ignore
        connecting = null;
        client = null;
      };
    },
  };
}

/** An app of {@link createApp}. */
export type App = ReturnType<typeof createApp>;
