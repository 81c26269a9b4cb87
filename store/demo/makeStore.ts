import { configureStore, createDynamicMiddleware } from '@reduxjs/toolkit';
import type { SessionInfo } from '../../contract/user.ts';
import { preloadAuth } from '../authState.ts';
import type { ResealClient } from '../createResealClient.ts';
import type { Deps } from './deps.ts';
import { readable } from './devTools.ts';
import { createListeners, type Listeners } from './listeners.ts';
import { rootReducer, type RootState } from './rootReducer.ts';

/** A part of the store that only some pages load. Adds its reducer, middleware and listeners to one store. */
export type Feature = (parts: FeatureParts) => void;

export interface FeatureParts {
  readonly listeners: Listeners;
  readonly addMiddleware: ReturnType<typeof createDynamicMiddleware<RootState>>['addMiddleware'];
}

/** Makes one store: one per request on the server, one per page in the browser. */
export function makeStore(
  deps: Deps,
  auth: ResealClient['middleware'],
  /** What the server found in the seal; `null` where it found nothing or was not asked. */
  session: SessionInfo | null = null,
) {
  const listeners = createListeners(deps);
  const later = createDynamicMiddleware<RootState>();
  const features = new Set<Feature>();
  const store = configureStore({
    reducer: rootReducer,
    preloadedState: { auth: preloadAuth(session) },
    middleware: (defaults) =>
      defaults({
        thunk: { extraArgument: deps },
        // Development only; the lab sends bursts of a thousand, which deserve no warning.
        serializableCheck: { warnAfter: 250 },
        immutableCheck: { warnAfter: 250 },
      })
        .prepend(auth, listeners.middleware)
        .concat(later.middleware),
    devTools: { name: 'Reseal', actionSanitizer: readable },
  });
  return Object.assign(store, {
    /** Adds a feature once, before the first component that needs it renders. */
    add(feature: Feature): void {
      if (features.has(feature)) return;
      features.add(feature);
      feature({ listeners, addMiddleware: later.addMiddleware });
      // Gives the new reducer its initial state.
      store.dispatch({ type: 'store/featureAdded' });
    },
  });
}

/** A store of {@link makeStore}. */
export type AppStore = ReturnType<typeof makeStore>;
