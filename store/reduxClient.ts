import type { Middleware, MiddlewareAPI, UnknownAction } from '@reduxjs/toolkit';
import type { SessionInfo } from '../contract/user.ts';
import { createAuthMiddleware } from './authMiddleware.ts';
import type { AuthDispatch } from './authParts.ts';
import { sessionChanged } from './authSlice.ts';
import { heldSession, type AuthRoot, type AuthState } from './authState.ts';
import { createBrowserHalf, type Connector } from './browserHalf.ts';
import type { Connection, ConnectionOptions } from './connection.ts';
import { createEngineListener, type EngineEvent } from './engineEvents.ts';
import { hintMoved, pageHidden, pageShown, sessionDoubted } from './pageActions.ts';
import type { RefreshAheadSettings } from './refreshRules.ts';

export interface ResealClientOptions extends ConnectionOptions {
  /** When to refresh before the access token expires; default: 30 s before. */
  readonly refreshAhead?: RefreshAheadSettings | undefined;
  /** Hears every event of the engine, after the store. */
  onEvent?(event: EngineEvent): void;
}

/** What next-redux-wrapper dispatches with the server's state. */
const HYDRATE = '__NEXT_REDUX_WRAPPER_HYDRATE__';

/** Makes the client of one store over a connection that is there at once, or is loaded later. */
export function createReduxClient<C extends Connection>(
  { refreshAhead, onEvent, ...options }: ResealClientOptions,
  connector: Connector<C>,
) {
  let store: MiddlewareAPI<AuthDispatch, AuthRoot> | null = null;
  const ours = () => {
    if (!store) throw new Error('Add the middleware of createResealClient() in configureStore first.');
    return store;
  };
  const dispatch = (action: UnknownAction) => ours().dispatch(action);
  const hear = createEngineListener({ dispatch });
  const half = createBrowserHalf(
    options,
    {
      onEvent: (event) => {
        hear(event);
        onEvent?.(event);
      },
      onLook: (isVisible) => void dispatch(isVisible ? pageShown() : pageHidden()),
      onHint: (isThere) => void dispatch(isThere ? hintMoved() : sessionDoubted()),
      held: (): SessionInfo | null => heldSession(ours().getState().auth, half.parts.page.now()),
    },
    connector,
  );
  const { parts, connect } = half;

  function meet(info: SessionInfo | null | undefined): void {
    if (!info) return;
    const { auth } = ours().getState();
    const isKnown = auth.status === 'signedIn' && auth.session.id === info.session.id;
    if (!isKnown || auth.session.version < info.session.version) {
      parts.reauth.loggedIn(info);
      dispatch(sessionChanged({ ...info, seenAtMs: parts.page.now() }));
    }
    void half.catchUp(info);
  }

  const core = createAuthMiddleware(parts, refreshAhead);
  const middleware: Middleware<unknown, AuthRoot, AuthDispatch> = (api) => {
    store = api;
    const enter = core(api);
    return (next) => {
      const pass = enter(next);
      return (action) => {
        const result = pass(action);
        // The server's state counts its times on the server's clock: only its session is taken, not its `auth`.
        if (isHydration(action) && action.payload.auth?.status === 'signedIn') meet(action.payload.auth);
        return result;
      };
    };
  };

  return {
    /** For `configureStore`: before the default middleware. */
    middleware,
    parts,
    /** Opens the connection, or joins its opening. */
    connect,
    /** Takes a session that came with page data: in a layout effect, before the first paint. On the server too. */
    meet,
    /** Starts the engine, in the browser. Returns what stops it. */
    start: half.start,
  };
}

function isHydration(action: unknown): action is { readonly payload: { readonly auth?: AuthState } } {
  const { type, payload } = action as Partial<Record<'type' | 'payload', unknown>>;
  return type === HYDRATE && typeof payload === 'object' && payload !== null;
}
