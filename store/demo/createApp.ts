import { DEFAULT_COOKIE_NAME } from '../../contract/hint.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { createTabStorage, type TabStorage } from '../../services/tabStorage.ts';
import { callLater } from '../browserHalf.ts';
import type { Connection } from '../connection.ts';
import { createReduxClient, type ResealClientOptions } from '../reduxClient.ts';
import type { Client } from './client.ts';
import type { Deps } from './deps.ts';
import { restoreDrafts } from './keptDrafts.ts';
import type { LabTraffic } from './labTraffic.ts';
import { makeStore } from './makeStore.ts';
import { createTrafficRecorder } from './trafficMarks.ts';
import { selectIsUploading } from './uploadsSlice.ts';

export interface AppOptions extends Pick<ResealClientOptions, 'http' | 'reauth' | 'refreshAhead'> {
  /** What the server found in the seal. */
  readonly session?: SessionInfo | null;
  /** Keep a timeline of all requests, for the lab. */
  readonly lab?: boolean;
  /** The server's `COOKIE_NAME`; it also begins the names of what tabs share. */
  readonly cookieName?: string | undefined;
  /** Where drafts outlive the page; default: the tab's own `sessionStorage`. */
  readonly tabStorage?: TabStorage;
}

/**
 * The composition root: one store, and the client of the package over a connection (axios instance, engine, services)
 * that is loaded when a person is signed in or a first call is made: the home page and the login page do without its
 * 25 KB until then.
 *
 * Making it starts nothing, so that it may be made on the server, or twice by React's StrictMode; `start` starts it and
 * returns what stops it.
 */
export function createApp({
  session = null,
  lab = false,
  cookieName = DEFAULT_COOKIE_NAME,
  tabStorage = createTabStorage(`${cookieName}-drafts`),
  reauth,
  ...options
}: AppOptions = {}) {
  let labTraffic: LabTraffic | null = null;

  // Only fetched, while the page hydrates: `start` is what makes one.
  if (session && typeof document !== 'undefined') import('./client.ts').catch(() => undefined);

  const record = lab
    ? createTrafficRecorder({ dispatch: (action) => store.dispatch(action) }, (marks) =>
        labTraffic?.share(marks),
      )
    : undefined;
  const client = createReduxClient<Client>(
    { ...options, reauth: { cookieName, ...reauth }, ...(record && { onEvent: record }) },
    { open: async (order) => (await import('./client.ts')).createClient(order, store), atStart: false },
  );
  const later = <Part extends Exclude<keyof Client, keyof Connection>>(part: Part): Client[Part] =>
    callLater(async () => (await client.connect())[part]);
  const deps: Deps = {
    sessions: later('sessions'),
    notes: later('notes'),
    lab: later('lab'),
    stepUp: later('stepUp'),
    uploads: new Map(),
    inviteTab: (order) => labTraffic?.invite(order),
    tabStorage,
    page: client.parts.page,
  };
  const store = makeStore(deps, client.middleware, session);

  return {
    store,
    connect: client.connect,
    /** Gives the store a session that came with page data; called in a layout effect, before the first paint. */
    meet: client.meet,

    start(): () => void {
      const leave = client.start();
      const stop = new AbortController();
      const { signal } = stop;
      // A reload would silently end an upload; let the browser ask first.
      const stay = (event: Event) => selectIsUploading(store.getState()) && event.preventDefault();
      window.addEventListener('beforeunload', stay, { signal });
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
        leave();
      };
    },
  };
}

/** An app of {@link createApp}. */
export type App = ReturnType<typeof createApp>;
