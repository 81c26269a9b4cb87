import type { SessionInfo } from '../contract/user.ts';
import {
  queueChanged,
  refreshFailed,
  refreshOvertaken,
  refreshStarted,
  sessionEnded,
  sessionRefreshed,
} from './authSlice.ts';
import type { AppStore } from './demo/makeStore.ts';
import { hintMoved, sessionDoubted } from './pageActions.ts';
import { isEngineCode } from './apiError.ts';
import type { TrafficMark } from './demo/trafficRows.ts';
import { trafficSeen } from './demo/trafficSlice.ts';

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

/** How long marks are collected: a burst of a thousand is a few renders, not four thousand. */
const GATHER_MS = 32;

/** Turns the engine's events into actions: the session's at once, the traffic's and the queue's in batches. */
export function createEngineListener(
  store: Pick<AppStore, 'dispatch'>,
  { traffic, onMarks }: { traffic: boolean; onMarks?: (marks: readonly TrafficMark[]) => void },
) {
  let marks: TrafficMark[] = [];
  let queued = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    store.dispatch(queueChanged(queued));
    const seen = marks;
    marks = [];
    if (seen.length > 0) store.dispatch(trafficSeen(seen));
    onMarks?.(seen);
  };

  return function onEngineEvent(event: EngineEvent): void {
    if (event.queued !== queued || traffic) timer ??= setTimeout(flush, GATHER_MS);
    queued = event.queued;
    const mark = traffic && markOf(event);
    if (mark) marks.push(mark);

    switch (event.type) {
      case 'refreshStarted':
        return void store.dispatch(refreshStarted(event.at));
      case 'refreshFailed':
        return void store.dispatch(refreshFailed(event.at));
      case 'refreshAborted':
        return void store.dispatch(refreshOvertaken(event.at));
      case 'sessionEnded':
        return void store.dispatch(sessionEnded(event.at));
      case 'sessionRenewed':
        // Without a session, another tab refreshed it: only the server knows how long it lives.
        if (event.session)
          return void store.dispatch(sessionRefreshed({ ...event.session, seenAtMs: event.at }));
        store.dispatch(refreshOvertaken(event.at));
        return void store.dispatch(hintMoved());
      case 'hintLost':
      case 'sessionChanged':
        store.dispatch(refreshOvertaken(event.at));
        return void store.dispatch(sessionDoubted());
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

function markOf(event: EngineEvent): TrafficMark | null {
  const atMs = event.at;
  switch (event.type) {
    case 'requestSent':
      // The timeline leaves out the lab's own controls; marks of a row that never began are dropped.
      return event.url.includes('/api/upstream/lab')
        ? null
        : { id: event.id, phase: 'sent', atMs, method: event.method.toUpperCase(), path: event.url };
    case 'requestExpired':
      return { id: event.id, phase: 'expired', atMs };
    case 'requestQueued':
      return { id: event.id, phase: 'waiting', atMs };
    case 'requestReplayed':
    case 'requestReleased':
      return { id: event.id, phase: 'replayed', atMs };
    case 'requestSettled':
      return {
        id: event.id,
        phase: event.code === null ? 'answered' : 'failed',
        atMs,
        outcome: outcomeOf(event),
      };
    default:
      return null;
  }
}

/** The engine's reason first, then the status of the answer, then axios's code. */
const outcomeOf = ({ code, status }: { readonly code: string | null; readonly status: number | null }) =>
  (isEngineCode(code) && code) || String(status ?? code);
