import type { Metrics } from '../ops/metrics.ts';

/** A person may be signed in with several browsers; with more sessions than this they share. */
const SESSIONS_OF_A_PERSON = 4;
/** What a session may still do while the server is saturated, up to twice the high-water mark. */
const FAIR_SHARE = 8;

export interface CallLimitSettings {
  /** Calls of one session at a time; event streams count apart, up to the same number. */
  readonly perSession: number;
  /** The high-water mark of all calls of this process. */
  readonly total: number;
}

/** One call upstream that is under way. */
export interface CallSlot {
  /** Counts the call as an event stream from now on; answers `false` where the session has too many. */
  becomeStream(): boolean;
  leave(): void;
}

export type Refusal = 'session' | 'server';

/**
 * Makes what bounds the calls upstream: for each session, for each person, and for the process.
 *
 * A session that reaches its bound is refused; others do not notice. Above the high-water mark the process refuses the
 * sessions that have many calls, and serves those that have few.
 */
export function createCallLimits({ perSession, total }: CallLimitSettings, metrics: Metrics) {
  const counts = new Map<string, number>();
  let open = 0;

  const count = (key: string) => counts.get(key) ?? 0;
  function add(key: string, change: 1 | -1): void {
    const next = count(key) + change;
    if (next === 0) counts.delete(key);
    else counts.set(key, next);
  }
  const isFull = (session: string, person: string) =>
    count(session) >= perSession || count(person) >= perSession * SESSIONS_OF_A_PERSON;

  /** How many calls any one session may have just now. */
  const share = () => (open < total ? perSession : open < 2 * total ? FAIR_SHARE : 0);

  return {
    /** Takes a place for a call, or answers which bound refuses it. */
    enter(sessionId: string, personId: string): CallSlot | Refusal {
      let [session, person] = [`s:${sessionId}`, `p:${personId}`];
      const refused = isFull(session, person) ? 'session' : count(session) >= share() ? 'server' : null;
      if (refused) {
        metrics.callsRefused.inc({ limit: refused });
        return refused;
      }
      let isOver = false;
      const change = (by: 1 | -1) => {
        add(session, by);
        add(person, by);
      };
      change(1);
      open += 1;
      metrics.upstreamCalls.set(open);
      return {
        becomeStream() {
          change(-1);
          [session, person] = [`streams:${session}`, `streams:${person}`];
          const fits = !isFull(session, person);
          change(1);
          if (!fits) metrics.callsRefused.inc({ limit: 'session' });
          return fits;
        },
        leave() {
          if (isOver) return;
          isOver = true;
          change(-1);
          open -= 1;
          metrics.upstreamCalls.set(open);
        },
      };
    },
    /** Whether the process has as many calls as it should; readiness says so. */
    isSaturated: () => open >= total,
    /** How many calls are under way. */
    open: () => open,
  };
}

export type CallLimits = ReturnType<typeof createCallLimits>;
