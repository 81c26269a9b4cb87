import { useStore } from 'react-redux';
import { sendBurst } from './burst.ts';
import { draftOrphaned, NEW_NOTE, noteField } from './draftsSlice.ts';
import type { Listeners } from './listeners.ts';
import type { AppStore, Feature } from './makeStore.ts';
import { pageShown } from '../pageActions.ts';
import { personal } from './rootReducer.ts';
import { attachFile } from './uploadsSlice.ts';
import { upstreamApi } from './upstreamApi.ts';

/** RTK Query with what reacts to it: 15 KB that the home page and the login page do without. */
export const upstream: Feature = ({ listeners, addMiddleware }) => {
  personal.inject(upstreamApi);
  addMiddleware(upstreamApi.middleware);
  dropOfOwner(listeners);
  reload(listeners);
  rescueDrafts(listeners);
};

/** Adds RTK Query to the store; called by a component above all that use its hooks. */
export function useUpstream(): void {
  (useStore() as AppStore).add(upstream);
}

function dropOfOwner(listeners: Listeners): void {
  listeners.startListening({
    predicate: (_, now, before) => now.owner !== before.owner,
    // The reducer has dropped the data already; this aborts running queries and lets mounted ones load again.
    effect: (_, { dispatch }) => void dispatch(upstreamApi.util.resetApiState()),
  });
}

function reload(listeners: Listeners): void {
  const { invalidateTags } = upstreamApi.util;
  listeners.startListening({
    actionCreator: attachFile.fulfilled,
    effect: (_, { dispatch }) => void dispatch(invalidateTags(['Notes'])),
  });
  listeners.startListening({
    actionCreator: pageShown,
    // Shows what changed elsewhere when the page is visible or online again.
    effect: (_, { dispatch }) => void dispatch(invalidateTags(['Notes', 'Sessions'])),
  });
  listeners.startListening({
    actionCreator: sendBurst.fulfilled,
    effect: (_, { dispatch }) => void dispatch(invalidateTags(['Lab'])),
  });
}

/** Makes what was typed into a note that is gone a new note. */
function rescueDrafts(listeners: Listeners): void {
  listeners.startListening({
    matcher: upstreamApi.endpoints.notes.matchFulfilled,
    // By the list that the store holds, not the one that arrived: that may be of whom it belonged to before.
    effect: (_, { dispatch, getState }) => {
      const { data: notes } = upstreamApi.endpoints.notes.select(undefined)(getState());
      if (!notes) return;
      const known = new Set([NEW_NOTE, ...notes.map(({ id }) => noteField(id))]);
      for (const [field, text] of Object.entries(getState().drafts))
        if (field.startsWith(noteField('')) && !known.has(field)) dispatch(draftOrphaned({ field, text }));
    },
  });
}
