import type { UnknownAction } from '@reduxjs/toolkit';
import { isEngineCode } from '../apiError.ts';
import type { EngineEvent } from '../engineEvents.ts';
import type { TrafficMark } from './trafficRows.ts';
import { trafficSeen } from './trafficSlice.ts';

/** How long marks are collected: a burst of a thousand is a few renders, not four thousand. */
const GATHER_MS = 32;

/** Records the engine's events for the timeline, in batches; `onMarks` hears of each, an empty one too. */
export function createTrafficRecorder(
  { dispatch }: { dispatch(action: UnknownAction): unknown },
  onMarks?: (marks: readonly TrafficMark[]) => void,
) {
  let marks: TrafficMark[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    const seen = marks;
    marks = [];
    if (seen.length > 0) dispatch(trafficSeen(seen));
    onMarks?.(seen);
  };

  return function onEngineEvent(event: EngineEvent): void {
    timer ??= setTimeout(flush, GATHER_MS);
    const mark = markOf(event);
    if (mark) marks.push(mark);
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
