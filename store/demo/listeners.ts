import { createListenerMiddleware, type ThunkDispatch, type UnknownAction } from '@reduxjs/toolkit';
import type { Deps } from './deps.ts';
import { keepDrafts } from './keptDrafts.ts';
import type { RootState } from './rootReducer.ts';

type Dispatch = ThunkDispatch<RootState, Deps, UnknownAction>;

/** The listener middleware of this app's own reactions; those of the auth core are in its own middleware. */
export type Listeners = ReturnType<typeof createListenerMiddleware<RootState, Dispatch, Deps>>;

/** The reactions, one set per store. */
export function createListeners(deps: Deps): Listeners {
  const listeners = createListenerMiddleware<RootState, Dispatch, Deps>({ extra: deps });
  keepDrafts(listeners);
  listeners.startListening({
    predicate: (_, now, before) => now.owner !== before.owner,
    effect: (_, { extra: { uploads } }) => uploads.clear(),
  });
  return listeners;
}
