import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import type { ReauthErrorCode } from './reauthError.ts';
import type { RefreshCause } from './reauthEvents.ts';

/** What the engine believes: `id` is null until the hint or the app names one, `version` counts the refreshes. */
export interface Session {
  readonly id: string | null;
  readonly version: number;
}

interface Always {
  /** The generation of the session: rises when the session ends or another takes its place. A request belongs to one. */
  readonly epoch: number;
  readonly session: Session;
}

/**
 * Entering `refreshing` starts the refresh, leaving it aborts what is left of it.
 *
 * Only this state has a queue, so the types exclude a queue that no refresh will ever empty.
 */
export type State =
  | (Always & { readonly name: 'idle' | 'ended' })
  | (Always & {
      readonly name: 'refreshing';
      /** Whether a 401 has joined: only then are new requests held. */
      readonly holding: boolean;
      /** Tickets of the requests that wait, by arrival. */
      readonly queue: readonly number[];
      /** Tickets, below zero, of calls of `reauth.refresh()`: they settle with the refresh, never before. */
      readonly askers: readonly number[];
    });

export type Event =
  /** A request of `epoch` was answered 401: `version` has expired. */
  | { readonly type: 'expired'; readonly ticket: number; readonly epoch: number; readonly version: number }
  /** The app calls `reauth.refresh()`, or a new request waits for the refresh that runs. */
  | { readonly type: 'asked'; readonly ticket: number }
  /** A waiting request was aborted or timed out. */
  | { readonly type: 'abandoned'; readonly ticket: number }
  /** The refresh succeeded. `info` and `by` are for the listener; the machine does not read them. */
  | {
      readonly type: 'succeeded';
      readonly session: Hint | undefined;
      readonly info?: SessionInfo | undefined;
      readonly by?: RefreshCause | 'otherTab';
    }
  /** The refresh failed, finally or for now; or the server told a request that its session is over. */
  | { readonly type: 'failed'; readonly code: ReauthErrorCode; readonly cause?: unknown }
  /** The hint cookie was read. */
  | { readonly type: 'hinted'; readonly session: Hint }
  | { readonly type: 'loggedIn'; readonly session: Hint | undefined }
  | { readonly type: 'loggedOut' }
  /** A request that was sent after the session had ended was answered 2xx: a login may have taken place. */
  | { readonly type: 'accepted' };

/** Let these requests go, in this order; or refuse them, where there is a `code`. */
export interface Effects {
  readonly settle?: readonly number[];
  readonly code?: ReauthErrorCode | undefined;
  readonly cause?: unknown;
}

type Step = readonly [State, Effects];

/** The session of an engine that knows of none. */
export const unknown: Session = { id: null, version: 0 };

/** Counts the requests that wait. */
export const queued = (state: State): number => (state.name === 'refreshing' ? state.queue.length : 0);

/**
 * Reports whether the 401 of a replay asks for another refresh, and is not the request's answer.
 *
 * It does where the token that it refused is known to be dead: a version newer than the one that the replay was `sent`
 * with has died too; the version sent was replaced since, is being refreshed, or outlived its known life (`isOver`).
 *
 * @see docs/histories.md, P15
 */
export const asksAgain = (state: State, sent: number, refused: number, isOver: boolean): boolean =>
  refused > sent ||
  (refused === sent &&
    (isOver || state.session.version > sent || (state.name === 'refreshing' && state.holding)));

/**
 * Decides what happens next: pure, without promise, clock or axios. `bound` is how many requests may wait.
 *
 * @see docs/architecture.md, The machine: this function as a table
 */
export function step(state: State, event: Event, bound: number): Step {
  const { name, epoch, session } = state;
  const { holding, queue, askers } =
    name === 'refreshing' ? state : { holding: false, queue: [], askers: [] };
  const stay: Step = [state, {}];

  /** Goes to `next` and settles all that waited in the order of sending, whatever the order of their 401s. */
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
      // A late 401: its token was refreshed since, and the new one will do.
      if (expired && name === 'idle' && event.version < session.version) return settle();
      const asks = ticket < 0;
      if (!asks && queue.length >= bound) return settle('ERR_QUEUE_FULL');
      // A 401 may name a newer version than the page knows: another tab refreshed (P9).
      const stale = expired ? newest({ ...session, version: event.version }, session) : session;
      const waiting = asks ? { queue, askers: [...askers, ticket] } : { queue: [...queue, ticket], askers };
      return [{ name: 'refreshing', epoch, session: stale, holding: holding || expired, ...waiting }, {}];
    }
    case 'abandoned':
      if (name !== 'refreshing') return stay;
      return [{ ...state, queue: queue.filter((ticket) => ticket !== event.ticket) }, {}];

    case 'succeeded': {
      const fresh = event.session ?? { ...session, version: session.version + 1 };
      if (name !== 'refreshing') return stay;
      if (session.id !== null && fresh.id !== session.id) return leave('idle', fresh, 'ERR_SESSION_CHANGED');
      return leave('idle', newest(fresh, session));
    }
    case 'failed':
      if (name === 'ended') return stay;
      if (event.code === 'ERR_SESSION_CHANGED') return leave('idle', unknown, event.code, event.cause);
      return leave(event.code === 'ERR_SESSION_ENDED' ? 'ended' : 'idle', session, event.code, event.cause);

    case 'hinted': {
      const another = event.session.id !== session.id;
      // A refresh writes the cookie before it answers: while it runs, a newer version is its own. An engine that
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

    case 'accepted':
      // Where sessions have ids, the hint or the app names the new one.
      if (name !== 'ended' || session.id !== null) return stay;
      return leave('idle', unknown, 'ERR_SESSION_CHANGED');
  }
}

const newest = (a: Session, b: Session): Session => ({ ...a, version: Math.max(a.version, b.version) });
