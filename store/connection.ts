import axios, { type AxiosInstance, type CreateAxiosDefaults } from 'axios';
import { NO_IDENTITY, RESEAL_HEADER } from '../contract/headers.ts';
import type { SessionInfo } from '../contract/user.ts';
import { createReauth } from '../interceptors/reauth.ts';
import type { ReauthOptions } from '../interceptors/reauthOptions.ts';
import { createUserService } from '../services/user.ts';

export interface ConnectionOptions {
  /** The axios instance whose requests wait for refreshes, or the defaults of a new one. */
  readonly http?: AxiosInstance | CreateAxiosDefaults | undefined;
  /** The server's `basePath`: `/shop` where its routes are `/shop/api/…`. A whole origin is allowed too. */
  readonly basePath?: string | undefined;
  /** Settings of the engine beyond those that the connection itself gives. */
  readonly reauth?: Omit<ReauthOptions, 'refresh' | 'whoAmI' | 'onEvent'> | undefined;
}

/** What the page gives to its connection. */
export interface ConnectionOrder extends ConnectionOptions {
  readonly onEvent: ReauthOptions['onEvent'] & {};
  /** The session that the page knows by the time the connection is made. */
  held(): SessionInfo | null;
}

/** The axios instance of an app: its own, or a new one. */
export const createHttp = (given: ConnectionOptions['http']): AxiosInstance =>
  typeof given === 'function' ? given : axios.create({ ...given, headers: { [RESEAL_HEADER]: NO_IDENTITY } });

/** Makes what a call needs: one axios instance, the engine that serves it, the session's calls. It works until `close`. */
export function createConnection({
  http: given,
  basePath = '',
  reauth: settings,
  onEvent,
  held,
}: ConnectionOrder) {
  const http = createHttp(given);
  // The session's own calls: what the app's instance does to addresses, bodies and answers is not theirs.
  const { adapter, withCredentials } = http.defaults;
  const user = createUserService(
    axios.create({
      baseURL: basePath,
      ...(adapter && { adapter }),
      ...(withCredentials && { withCredentials }),
    }),
  );
  const reauth = createReauth({
    ...settings,
    refresh: (call) => user.refresh(call),
    whoAmI: (call) => user.whoAmI(call),
    onEvent,
  });
  const session = held();
  if (session) reauth.loggedIn(session);
  const detach = reauth.attach(http);
  return {
    http,
    reauth,
    user,
    close(): void {
      detach();
      reauth.dispose();
    },
  };
}

/** A connection of {@link createConnection}. */
export type Connection = ReturnType<typeof createConnection>;
