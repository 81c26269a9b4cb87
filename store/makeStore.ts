import { configureStore } from '@reduxjs/toolkit';
import type { SessionInfo } from '../contract/user.ts';
import { signedIn } from './authState.ts';
import type { Deps } from './deps.ts';
import { readable } from './devTools.ts';
import { createListeners } from './listeners.ts';
import type { RefreshAheadSettings } from './refreshRules.ts';
import { rootReducer, type RootState } from './rootReducer.ts';
import { upstreamApi } from './upstreamApi.ts';

export interface StoreOptions {
  /** What the server found in the seal; `null` where it found nothing or was not asked. */
  readonly session?: SessionInfo | null;
  readonly refreshAhead?: RefreshAheadSettings | undefined;
}

/** Makes one store: one per request on the server, one per page in the browser. */
export function makeStore(deps: Deps, { session = null, refreshAhead }: StoreOptions = {}) {
  return configureStore({
    reducer: rootReducer,
    preloadedState: preload(session),
    middleware: (defaults) =>
      defaults({
        thunk: { extraArgument: deps },
        // Development only; the lab sends bursts of a thousand, which deserve no warning.
        serializableCheck: { warnAfter: 250 },
        immutableCheck: { warnAfter: 250 },
      })
        .prepend(createListeners(deps, refreshAhead).middleware)
        .concat(upstreamApi.middleware),
    devTools: { name: 'Reseal', actionSanitizer: readable },
  });
}

function preload(session: SessionInfo | null): RootState {
  const empty = rootReducer(undefined, { type: 'preload' });
  if (!session) return empty;
  // Counted from the page's own beginning, a little before the server answered: early is the safe side.
  return { ...empty, auth: signedIn({ ...session, seenAtMs: 0 }, 1), owner: session.user.id };
}

/** A store of {@link makeStore}. */
export type AppStore = ReturnType<typeof makeStore>;
