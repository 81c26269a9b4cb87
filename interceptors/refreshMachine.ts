import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import type { ReauthErrorCode } from './reauthError.ts';
import type { RefreshCause } from './reauthEvents.ts';

/** What the engine believes: `id` is null until somebody tells it, `version` counts the refreshes. */
export interface Session {
  readonly id: string | null;
  readonly version: number;
}

interface Always {
  /** New whenever the session ends or gives way to another: what a request belongs to. */
  readonly epoch: number;
  readonly session: Session;
}

/**
 * To enter `refreshing` starts the refresh, to leave it aborts what is left of it.
 *
 * A queue exists only there, so a queue that nobody drains cannot be written down.
 */
export type State =
  | (Always & { readonly name: 'idle' | 'ended' })
  | (Always & {
      readonly name: 'refreshing';
      /** Whether a 401 has joined: only then are new requests held. */
      readonly holding: boolean;
      /** Tickets of the requests that wait, by arrival. */
      readonly queue: readonly number[];
      /** Tickets, below zero, of those who only asked for a refresh: they leave with its outcome, never before. */
      readonly askers: readonly number[];
    });

export type Event =
  /** A request of `epoch` was answered 401: `version` has expired. */
  | { readonly type: 'expired'; readonly ticket: number; readonly epoch: number; readonly version: number }
  /** Somebody asks for a refresh, or a new request waits for the one that runs. */
  | { readonly type: 'asked'; readonly ticket: number }
  /** A waiting request was aborted or timed out. */
  | { readonly type: 'abandoned'; readonly ticket: number }
  /** `info` and `by` are for whoever listens; the machine does not read them. */
  | {
      readonly type: 'succeeded';
      readonly session: Hint | undefined;
      readonly info?: SessionInfo | undefined;
      readonly by?: RefreshCause | 'otherTab';
    }
  /** The refresh failed for good or for now; or a request was told that its session is over. */
  | { readonly type: 'failed'; readonly code: ReauthErrorCode; readonly cause?: unknown }
  /** The hint cookie was read. */
  | { readonly type: 'hinted'; readonly session: Hint }
  | { readonly type: 'loggedIn'; readonly session: Hint | undefined }
  | { readonly type: 'loggedOut' };

/** Let these requests go, in this order; or refuse them, where there is a `code`. */
export interface Effects {
  readonly settle?: readonly number[];
  readonly code?: ReauthErrorCode | undefined;
  readonly cause?: unknown;
}

type Step = readonly [State, Effects];

/** The session of a page that nobody has told of any. */
export const unknown: Session = { id: null, version: 0 };

/** Counts the requests that wait. */
export const queued = (state: State): number => (state.name === 'refreshing' ? state.queue.length : 0);

/**
 * Decides what happens next: pure, without promise, clock or axios. `bound` is how many may wait.
 *
 * @see docs/architecture.md, The machine: this as a table
 */
export function step(state: State, event: Event, bound: number): Step {
  const { name, epoch, session } = state;
  const { holding, queue, askers } =
    name === 'refreshing' ? state : { holding: false, queue: [], askers: [] };
  const stay: Step = [state, {}];

  /** Goes on to `next` and settles who waited, by the order of sending: their 401s came back in any. */
  const leave = (next: 'idle' | 'ended', to: Session, code?: ReauthErrorCode, cause?: unknown): Step => [
    { name: next, epoch: epoch + +(next === 'ended' || code === 'ERR_SESSION_CHANGED'), session: to },
    { settle: [...askers, ...queue].sort((a, b) => a - b), code, cause },
  ];

  switch (event.type) {
    case 'asked':
    case 'expired': {
      const { ticket } = event;
      const settle = (code?: ReauthErrorCode): Step => [state, { settle: [ticket], code }];
      const expired = event.type === 'expired';
      if (name === 'ended') return settle('ERR_SESSION_ENDED');
      if (expired && event.epoch !== epoch) return settle('ERR_SESSION_CHANGED');
      // A late 401: its token was renewed since, and the new one will do.
      if (expired && name === 'idle' && event.version < session.version) return settle();
      const asks = ticket < 0;
      if (!asks && queue.length >= bound) return settle('ERR_QUEUE_FULL');
      // A 401 may know a newer version than the page: another tab renewed (P9).
      const stale = expired ? newest({ ...session, version: event.version }, session) : session;
      const waiting = asks ? { queue, askers: [...askers, ticket] } : { queue: [...queue, ticket], askers };
      return [{ name: 'refreshing', epoch, session: stale, holding: holding || expired, ...waiting }, {}];
    }
    case 'abandoned':
      if (name !== 'refreshing') return stay;
      return [{ ...state, queue: queue.filter((ticket) => ticket !== event.ticket) }, {}];

    case 'succeeded': {
      const renewed = event.session ?? { ...session, version: session.version + 1 };
      if (name !== 'refreshing') return stay;
      if (session.id !== null && renewed.id !== session.id)
        return leave('idle', renewed, 'ERR_SESSION_CHANGED');
      return leave('idle', newest(renewed, session));
    }
    case 'failed':
      if (name === 'ended') return stay;
      if (event.code === 'ERR_SESSION_CHANGED') return leave('idle', unknown, event.code, event.cause);
      return leave(event.code === 'ERR_SESSION_ENDED' ? 'ended' : 'idle', session, event.code, event.cause);

    case 'hinted': {
      const another = event.session.id !== session.id;
      // A refresh writes the cookie before it answers: while it runs, a newer version is its own. And a page that
      // knows no session learns from its refresh which one it is.
      if (name === 'refreshing' && session.id === null) return stay;
      if (!another && (name === 'refreshing' || event.session.version <= session.version)) return stay;
      if (another || name === 'ended') return leave('idle', event.session, 'ERR_SESSION_CHANGED');
      return [{ ...state, session: event.session }, {}];
    }
    case 'loggedIn':
      if (name === 'ended' || !event.session || event.session.id !== session.id)
        return leave('idle', event.session ?? unknown, 'ERR_SESSION_CHANGED');
      return [{ ...state, session: newest(event.session, session) }, {}];

    case 'loggedOut':
      // Infinity: no version of this session can revive the page, only another session can.
      return leave('ended', { ...session, version: Infinity }, 'ERR_SESSION_ENDED');
  }
}

const newest = (a: Session, b: Session): Session => ({ ...a, version: Math.max(a.version, b.version) });
