'use client';

import {
  createContext,
  useContext,
  useLayoutEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import type { SessionInfo, User } from '../contract/user.ts';
import {
  createSession,
  type Session,
  type SessionActions,
  type SessionOptions,
  type SessionState,
} from './createSession.ts';

const SessionContext = createContext<Session | null>(null);

/** The session of the provider above. */
function useOwnSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession(), useUser() and <CatchUp> need a <SessionProvider> above them.');
  return session;
}

export interface SessionProviderProps<U extends User = User> extends SessionOptions<U> {
  readonly children?: ReactNode;
}

/**
 * Gives the components below one session. Options other than `initial` count at the first render.
 *
 * Layout effects, not effects: a child's effect may send the first request.
 */
export function SessionProvider<U extends User>({ children, ...options }: SessionProviderProps<U>) {
  const { initial } = options;
  const [session] = useState(() => createSession(options));
  useLayoutEffect(() => session.start(), [session]);
  useLayoutEffect(() => session.meet(initial), [session, initial]);
  // React 18 knows a context as a provider by this name only.
  return <SessionContext.Provider value={session as unknown as Session}>{children}</SessionContext.Provider>;
}

/**
 * Who is signed in, and what can be done about it. `useSession<Person>` names the user with the server's claims.
 *
 * @throws {Error} without a `<SessionProvider>` above
 */
export function useSession<U extends User = User>(): SessionState<U> & SessionActions {
  const { subscribe, getSnapshot, getServerSnapshot, login, logout, refreshNow, http } = useOwnSession();
  const state = useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot) as SessionState<U>;
  return useMemo(
    () => Object.assign({}, state, { login, logout, refreshNow, http }),
    [state, login, logout, refreshNow, http],
  );
}

/** The person signed in, or `null`; the same object over any number of refreshes. */
export function useUser<U extends User = User>(): U | null {
  const { subscribe, getSnapshot, getServerSnapshot } = useOwnSession();
  return useSyncExternalStore(
    subscribe,
    () => userOf(getSnapshot()),
    () => userOf(getServerSnapshot()),
  ) as U | null;
}

const userOf = (state: SessionState): User | null => (state.status === 'signedIn' ? state.user : null);

/**
 * Lets the page catch up with what the server did while it rendered: after an `upstreamFetch` render it with the
 * session that `getSession` finds. If that is ahead of the cookie, one `POST /api/user` under the tab lock reseals it.
 */
export function CatchUp({ session }: { readonly session: SessionInfo | null | undefined }): null {
  const own = useOwnSession();
  useLayoutEffect(() => own.meet(session), [own, session]);
  return null;
}
