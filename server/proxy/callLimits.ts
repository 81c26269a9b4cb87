import type { Metrics } from '../ops/metrics.ts';

/** A person may be signed in with several browsers; with more sessions than this they share. */
const SESSIONS_OF_A_PERSON = 4;
/** What a session may still do while the server is saturated, up to twice the high-water mark. */
const FAIR_SHARE = 8;

export interface CallLimitSettings {
  /** Calls of one session at a time; event streams count apart, up to the same number. */
  readonly perSession: number;
  /** The high-water mark of all calls. */
  readonly total: number;
}

/** All calls of this process, whichever upstream they go to. */
export interface ProcessLoad {
  open: number;
  /** The high-water mark. */
  readonly total: number;
}

/** Begins to count the calls of this process. */
export function createProcessLoad(total: number, metrics: Pick<Metrics, 'upstreamCalls'>): ProcessLoad {
  const load = { open: 0, total };
  metrics.upstreamCalls.read = () => load.open;
  return load;
}

/** Tells whether the process has as many calls as it should; readiness says so. */
export const isSaturated = ({ open, total }: ProcessLoad): boolean => open >= total;

/** One call upstream that is under way. */
export interface CallSlot {
  /** Counts the call as an event stream from now on; answers `false` where the session has too many. */
  becomeStream(): boolean;
  leave(): void;
}

export type Refusal = 'session' | 'server';

/** How many calls of one kind are open. */
interface Counts {
  readonly bySession: Map<string, number>;
  readonly byPerson: Map<string, number>;
}

const countOf = (counts: ReadonlyMap<string, number>, key: string) => counts.get(key) ?? 0;

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const next = countOf(counts, key) + change;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}

/**
 * Makes what bounds the calls of one upstream: for each session, for each person, in all, and for the process.
 *
 * A session that reaches its bound is refused; others do not notice. Above the high-water mark, the upstream's or the
 * process's, the sessions that have many calls are refused, and those that have few are served.
 */
export function createCallLimits(
  { perSession, total }: CallLimitSettings,
  load: ProcessLoad,
  metrics: Pick<Metrics, 'callsRefused'>,
) {
  const calls = { bySession: new Map<string, number>(), byPerson: new Map<string, number>() };
  const streams = { bySession: new Map<string, number>(), byPerson: new Map<string, number>() };
  let open = 0;

  const isFull = ({ bySession, byPerson }: Counts, sessionId: string, personId: string) =>
    countOf(bySession, sessionId) >= perSession ||
    countOf(byPerson, personId) >= perSession * SESSIONS_OF_A_PERSON;

  /** How many calls any one session may have just now. */
  const share = () => {
    if (open < total && load.open < load.total) return perSession;
    return open < 2 * total && load.open < 2 * load.total ? FAIR_SHARE : 0;
  };

  return {
    /** Takes a place for a call, or answers which bound refuses it. */
    enter(sessionId: string, personId: string): CallSlot | Refusal {
      const hasMany = () => countOf(calls.bySession, sessionId) >= share();
      const refused = isFull(calls, sessionId, personId) ? 'session' : hasMany() ? 'server' : null;
      if (refused) {
        metrics.callsRefused.inc({ limit: refused });
        return refused;
      }
      let counts: Counts | null = null;
      const countIn = (next: Counts | null) => {
        for (const [held, by] of [[counts, -1], [next, 1]] as const) {
          if (held) add(held.bySession, sessionId, by);
          if (held) add(held.byPerson, personId, by);
        }
        counts = next;
      }; // prettier-ignore
      countIn(calls);
      open += 1;
      load.open += 1;
      return {
        becomeStream() {
          const fits = !isFull(streams, sessionId, personId);
          countIn(streams);
          if (!fits) metrics.callsRefused.inc({ limit: 'session' });
          return fits;
        },
        leave() {
          if (!counts) return;
          countIn(null);
          open -= 1;
          load.open -= 1;
        },
      };
    },
    /** How many calls are under way. */
    open: () => open,
  };
}

export type CallLimits = ReturnType<typeof createCallLimits>;
