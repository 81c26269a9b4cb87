import axios, { type CreateAxiosDefaults } from 'axios';
import { NO_IDENTITY, RESEAL_HEADER } from '../../contract/headers.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { createReauth } from '../../interceptors/reauth.ts';
import type { Reauth, ReauthOptions } from '../../interceptors/reauthOptions.ts';
import { readHintCookie } from '../../interceptors/sessionHint.ts';
import { createLabService } from '../../services/lab.ts';
import { createNotesService } from '../../services/notes.ts';
import { createSessionsService } from '../../services/sessions.ts';
import { createTabStorage, type TabStorage } from '../../services/tabStorage.ts';
import { createUserService } from '../../services/user.ts';
import { sessionChanged } from '../authSlice.ts';
import type { Deps } from '../deps.ts';
import { createEngineListener } from '../engineEvents.ts';
import { restoreDrafts } from './keptDrafts.ts';
import type { LabTraffic } from './labTraffic.ts';
import { makeStore } from './makeStore.ts';
import { pageHidden, pageShown } from '../pageActions.ts';
import type { RefreshAheadSettings } from '../refreshRules.ts';
import { selectIsUploading } from './uploadsSlice.ts';

export interface AppOptions {
  /** What the server found in the seal. */
  readonly session?: SessionInfo | null;
  /** Keep a timeline of all requests, for the lab. */
  readonly lab?: boolean;
  readonly refreshAhead?: RefreshAheadSettings;
  /** Where drafts outlive the page; default: the tab's own `sessionStorage`. */
  readonly tabStorage?: TabStorage;
  /** Defaults of the axios instance; tests point it at their own server. */
  readonly http?: CreateAxiosDefaults;
  /** Settings of the engine beyond those that the composition itself gives. */
  readonly reauth?: Omit<ReauthOptions, 'refresh' | 'whoAmI' | 'onEvent'>;
}

/**
 * The composition root: one axios instance, one engine, one store. Making it starts nothing, so that it may
 * be made on the server, or twice by React's StrictMode; `start` starts it and returns what stops it.
 */
export function createApp({
  session = null,
  lab = false,
  refreshAhead,
  tabStorage = createTabStorage('reseal-drafts'),
  http: defaults,
  reauth: settings,
}: AppOptions = {}) {
  const http = axios.create({ ...defaults, headers: { [RESEAL_HEADER]: NO_IDENTITY } });
  const user = createUserService(http);
  let engine: Reauth | null = null;
  let labTraffic: LabTraffic | null = null;

  const reauth = (): Reauth => (engine ??= createEngine());
  const readHint = settings?.readHint ?? readHintCookie;
  const deps: Deps = {
    user,
    sessions: createSessionsService(http),
    notes: createNotesService(http),
    lab: createLabService(http),
    reauth: {
      refresh: () => reauth().refresh(),
      exclusive: (work) => reauth().exclusive(work),
      loggedIn: (info) => reauth().loggedIn(info),
      loggedOut: () => reauth().loggedOut(),
    },
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

  function createEngine(): Reauth {
    const made = createReauth({
      ...settings,
      refresh: (call) => user.refresh(call),
      whoAmI: (call) => user.whoAmI(call),
      onEvent: onEngineEvent,
    });
    const { auth } = store.getState();
    if (auth.status === 'signedIn') made.loggedIn({ user: auth.user, session: auth.session });
    return made;
  }

  return {
    store,
    http,

    /** Gives the store a session that came with page data; called in a layout effect, before the first paint. */
    meet(info: SessionInfo | null): void {
      if (!info) return;
      const { auth } = store.getState();
      const known = auth.status === 'signedIn' && auth.session.id === info.session.id;
      if (known && auth.session.version >= info.session.version) return;
      reauth().loggedIn(info);
      store.dispatch(sessionChanged({ ...info, seenAtMs: deps.page.now() }));
    },

    start(): () => void {
      const serving = reauth();
      const detach = serving.attach(http);
      const look = () => void store.dispatch(deps.page.isVisible() ? pageShown() : pageHidden());
      const stop = new AbortController();
      const { signal } = stop;
      document.addEventListener('visibilitychange', look, { signal });
      window.addEventListener('pageshow', look, { signal });
      window.addEventListener('online', look, { signal });
      // A reload would silently end an upload; let the browser ask first.
      const stay = (event: Event) => selectIsUploading(store.getState()) && event.preventDefault();
      window.addEventListener('beforeunload', stay, { signal });
      look();
      store.dispatch(restoreDrafts());
      // Only a page where the lab is served loads this.
      if (lab)
        void import('./labTraffic.ts').then(({ watchLabTraffic }) => {
          if (!signal.aborted) labTraffic = watchLabTraffic(store, { expire: deps.lab.expire });
        });
      return () => {
        stop.abort();
        labTraffic?.stop();
        labTraffic = null;
        store.dispatch(pageHidden());
        detach();
        serving.dispose();
        engine = null;
      };
    },
  };
}

/** An app of {@link createApp}. */
export type App = ReturnType<typeof createApp>;
