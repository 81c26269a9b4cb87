import type { UnknownAction, createListenerMiddleware, ThunkDispatch } from '@reduxjs/toolkit';
import type { Deps } from './deps.ts';
import { draftsFound, type DraftsState } from './draftsSlice.ts';
import type { RootState } from './rootReducer.ts';

type Dispatch = ThunkDispatch<RootState, Deps, UnknownAction>;
type Listeners = ReturnType<typeof createListenerMiddleware<RootState, Dispatch, Deps>>;

/** Parses defensively: any script of this origin may have written to the tab's storage. */
function parse(text: string | null): { owner: string; drafts: DraftsState } | null {
  try {
    const { owner, drafts } = JSON.parse(text ?? '{}') as Readonly<Record<string, unknown>>;
    if (typeof owner !== 'string') return null;
    const texts = Object.entries(drafts as object).filter(([, draft]) => typeof draft === 'string');
    return { owner, drafts: Object.fromEntries(texts) as DraftsState };
  } catch {
    return null;
  }
}

/** Brings back what this person had typed before the page was left; another person's is thrown away. */
export const restoreDrafts =
  () =>
  (dispatch: Dispatch, getState: () => RootState, { tabStorage }: Deps): void => {
    const { owner } = getState();
    if (owner === null) return;
    const kept = parse(tabStorage.read());
    if (kept?.owner === owner) dispatch(draftsFound(kept.drafts));
    else tabStorage.write(null);
  };

/**
 * Keeps what is typed over a login that leaves the page, as a provider's does. A logout in this tab forgets it. A
 * logout elsewhere takes it off the screen only: it is there again when the same person logs in, in this tab.
 */
export function keepDrafts(listeners: Listeners): void {
  listeners.startListening({
    predicate: (_, now, before) => now.owner !== before.owner,
    effect: (_, { dispatch, getState, extra: { tabStorage } }) => {
      const { owner, auth } = getState();
      if (owner !== null) return dispatch(restoreDrafts());
      if (auth.status !== 'signedOut' || auth.reason !== 'logged_out_elsewhere') tabStorage.write(null);
    },
  });
  listeners.startListening({
    predicate: (_, now, before) => now.drafts !== before.drafts && now.owner === before.owner,
    effect: (_, { getState, extra: { tabStorage } }) => {
      const { owner, drafts } = getState();
      if (owner !== null) tabStorage.write(JSON.stringify({ owner, drafts }));
    },
  });
}
