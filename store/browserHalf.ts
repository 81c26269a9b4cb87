import type { SessionInfo } from '../contract/user.ts';
import type { ReauthEvent } from '../interceptors/reauthEvents.ts';
import { readHintCookie, watchPage } from '../interceptors/sessionHint.ts';
import type { AuthParts } from './authParts.ts';
import type { Connection, ConnectionOptions, ConnectionOrder } from './connection.ts';

/** How a page comes by its connection: axios, the engine, the services. */
export interface Connector<C extends Connection> {
  /** Answers at once, or loads it first. */
  open(order: ConnectionOrder): C | Promise<C>;
  /** Whether `start` opens it in any case; else with the first call, or where a person is signed in. */
  readonly atStart: boolean;
}

/** What one state, in a Redux store or without one, adds to the browser half. */
interface Holder {
  onEvent(event: ReauthEvent): void;
  /** The page came into sight, or went out of it. */
  onLook(isVisible: boolean): void;
  /** Another session is in the hint, or none, before there is an engine that would say so. */
  onHint(isThere: boolean): void;
  /** The session that a new engine starts with. */
  held(): SessionInfo | null;
}

/** Calls of what is loaded later. */
export const callLater = <T extends object>(load: () => Promise<T>): T =>
  new Proxy({} as T, {
    get(_, name: string) {
      // No promise: an async function may return it.
      if (name === 'then') return undefined;
      return async (...given: unknown[]) => {
        const calls = (await load()) as Readonly<Record<string, (...given: unknown[]) => unknown>>;
        return calls[name]?.(...given);
      };
    },
  });

/**
 * The connection of one page, its session's calls, and what the page's own events say. Making it starts nothing, so that
 * it may be made on the server, or twice by React's StrictMode; `start` starts it and returns what stops it.
 */
export function createBrowserHalf<C extends Connection>(
  options: ConnectionOptions,
  { onEvent, onLook, onHint, held }: Holder,
  connector: Connector<C>,
) {
  const {
    cookieName,
    readHint = () => readHintCookie(cookieName),
    watchHint = watchPage,
  } = options.reauth ?? {};
  let connecting: Promise<C> | null = null;
  let connection: C | null = null;
  let isStarted = false;
  /** Started before, and not started again. */
  let isStopped = false;

  /** Opens the connection once. One that could not be loaded is asked for again by the next call. */
  function connect(): Promise<C> {
    if (connecting) return connecting;
    const opened = connector.open({ ...options, onEvent, held });
    if (!('then' in opened)) {
      connection = opened;
      return (connecting = Promise.resolve(opened));
    }
    const mine = opened.then(
      (made) => {
        if (isStopped) made.close();
        else if (connecting === mine) connection = made;
        if (isStopped && connecting === mine) connecting = null;
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

  const parts: AuthParts = {
    connect,
    user: callLater(async () => (await connect()).user),
    reauth: {
      refresh: async () => (await connect()).reauth.refresh(),
      exclusive: async (work) => (await connect()).reauth.exclusive(work),
      // An engine that is not there yet begins with the session that the page holds by then.
      loggedIn: (info) => connection?.reauth.loggedIn(info),
      loggedOut: () => connection?.reauth.loggedOut(),
    },
    page: {
      now: () => performance.now(),
      // Not before it is started: on the server no timer may be set.
      isVisible: () => isStarted && globalThis.document?.visibilityState !== 'hidden',
      readHint,
    },
    async send({ body, ...request }, signal) {
      return (await (await connect()).http.request<unknown>({ ...request, data: body, signal })).data;
    },
  };

  /** The version in the cookie, where it is one that `session` has left behind. */
  function versionBehind({ session }: SessionInfo): number | null {
    const hint = readHint();
    return hint?.id === session.id && hint.version < session.version ? hint.version : null;
  }

  /** Watches the hint for the engine that is not there yet: a login or logout in another tab is noticed before any call. */
  function watchUntilConnected(): () => void {
    let id = readHint()?.id;
    return watchHint(() => {
      const before = id;
      id = readHint()?.id;
      if (connection || id === before) return false;
      onHint(id !== undefined);
      return true;
    });
  }

  return {
    parts,
    connect,

    /**
     * Lets the cookie catch up with a session that was refreshed without it, as `upstreamFetch` does. The server answers
     * from its record: the issuer is not called. Under the tab lock, so that several tabs cost one call; a failure is
     * left to the next refresh.
     */
    async catchUp(info: SessionInfo): Promise<void> {
      if (!isStarted || versionBehind(info) === null) return;
      const work = async () => {
        const { reauth, user } = await connect();
        if (reauth.state !== 'idle') return;
        await reauth.exclusive(async () => {
          const staleVersion = versionBehind(info);
          if (staleVersion !== null) reauth.loggedIn(await user.refresh({ staleVersion }));
        });
      };
      await work().catch(() => undefined);
    },

    start(): () => void {
      isStarted = true;
      isStopped = false;
      const look = () => onLook(parts.page.isVisible());
      const unwatch = [watchSight(look), ...(connector.atStart ? [] : [watchUntilConnected()])];
      // A page without a session has no need of it yet, where it is loaded later.
      if (connector.atStart || held()) connect().catch(() => undefined);
      look();
      return () => {
        for (const stop of unwatch) stop();
        onLook(false);
        isStarted = false;
        // One that is being loaded serves what waits for it: StrictMode starts again at once.
        isStopped = true;
        if (!connection) return;
        connection.close();
        connecting = null;
        connection = null;
      };
    },
  };
}

/** Calls `look` whenever the page may have come into sight or gone out of it; returns what stops it. Without a page it is never called. */
function watchSight(look: () => void): () => void {
  const { document: page, window: frame } = globalThis as Partial<
    Pick<typeof globalThis, 'document' | 'window'>
  >;
  page?.addEventListener?.('visibilitychange', look);
  for (const type of ['pageshow', 'online']) frame?.addEventListener?.(type, look);
  return () => {
    page?.removeEventListener?.('visibilitychange', look);
    for (const type of ['pageshow', 'online']) frame?.removeEventListener?.(type, look);
  };
}
