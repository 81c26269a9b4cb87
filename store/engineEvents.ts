import type { UnknownAction } from '@reduxjs/toolkit';
import type { SessionInfo } from '../contract/user.ts';
import {
  queueChanged,
  refreshFailed,
  refreshOvertaken,
  refreshStarted,
  sessionEnded,
  sessionRefreshed,
} from './authSlice.ts';
import { hintMoved, sessionDoubted } from './pageActions.ts';

/** The engine's events by their shape, so that the store does not import the engine. */
export type EngineEvent = { readonly at: number; readonly queued: number } & (
  | { readonly type: 'requestSent'; readonly id: number; readonly method: string; readonly url: string }
  | {
      readonly type: 'requestExpired' | 'requestQueued' | 'requestReleased' | 'requestReplayed';
      readonly id: number;
    }
  | {
      readonly type: 'requestSettled';
      readonly id: number;
      readonly status: number | null;
      readonly code: string | null;
    }
  | { readonly type: 'refreshStarted' | 'refreshFailed' | 'refreshAborted' | 'sessionEnded' }
  | { readonly type: 'sessionRenewed'; readonly session: SessionInfo | null }
  | { readonly type: 'sessionChanged' | 'hintLost' }
  | { readonly type: 'warned'; readonly message: string }
);

/** How long changes of the queue are collected: a burst of a thousand is a few renders, not four thousand. */
const GATHER_MS = 32;

/** Turns the engine's events into actions: the session's at once, the queue's in batches. */
export function createEngineListener({ dispatch }: { dispatch(action: UnknownAction): unknown }) {
  let queued = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    dispatch(queueChanged(queued));
  };

  return function onEngineEvent(event: EngineEvent): void {
    if (event.queued !== queued) timer ??= setTimeout(flush, GATHER_MS);
    queued = event.queued;
    switch (event.type) {
      case 'refreshStarted':
        return void dispatch(refreshStarted(event.at));
      case 'refreshFailed':
        return void dispatch(refreshFailed(event.at));
      case 'refreshAborted':
        return void dispatch(refreshOvertaken(event.at));
      case 'sessionEnded':
        return void dispatch(sessionEnded(event.at));
      case 'sessionRenewed':
        // Without a session, another tab refreshed it: only the server knows how long it lives.
        if (event.session) return void dispatch(sessionRefreshed({ ...event.session, seenAtMs: event.at }));
        dispatch(refreshOvertaken(event.at));
        return void dispatch(hintMoved());
      case 'hintLost':
      case 'sessionChanged':
        dispatch(refreshOvertaken(event.at));
        return void dispatch(sessionDoubted());
      case 'warned':
        // eslint-disable-next-line no-console -- the engine speaks up only while developing
        return console.warn(event.message);
      case 'requestSent':
      case 'requestExpired':
      case 'requestQueued':
      case 'requestReleased':
      case 'requestReplayed':
      case 'requestSettled':
        return;
      default:
        return event satisfies never;
    }
  };
}
