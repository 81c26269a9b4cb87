import type { Effects, Event, Refreshing, Session, State, Step } from './machineTypes.ts';
import { inOrder, join, sizeOf, without } from './queue.ts';
import type { ReauthErrorCode } from './reauthError.ts';

export type { Effects, Event, Session, State } from './machineTypes.ts';

/** The session of a page that nobody has told of any. */
export const unknown: Session = { id: null, version: 0 };

/** Counts the requests that wait. */
export const queued = (state: State): number => (state.name === 'refreshing' ? sizeOf(state.queue) : 0);

/**
 * Decides what happens next: pure, without promise, clock or axios. `bound` is how many may wait.
 *
 * @see DESIGN §4, and the table in docs/architecture.md
 */
export function step(state: State, event: Event, bound: number): Step {
  const { session } = state;
  switch (event.type) {
    case 'expired':
      if (state.name === 'ended') return settle(state, event.ticket, 'ERR_SESSION_ENDED');
      if (event.epoch !== state.epoch) return settle(state, event.ticket, 'ERR_SESSION_CHANGED');
      // A late 401: its token was renewed since. The next one will do.
      if (state.name === 'idle' && event.version < session.version) return settle(state, event.ticket);
      return enqueue({ ...refreshing(state, event.version), holding: true }, state, event.ticket, bound);

    case 'held':
      if (state.name !== 'refreshing') return settle(state, event.ticket);
      return enqueue(state, state, event.ticket, bound);

    case 'asked':
      if (state.name === 'ended') return settle(state, event.ticket, 'ERR_SESSION_ENDED');
      return enqueue(refreshing(state, session.version), state, event.ticket, bound);

    case 'abandoned':
      if (state.name !== 'refreshing') return [state, {}];
      return [{ ...state, queue: without(state.queue, event.ticket) }, {}];

    case 'succeeded': {
      if (state.name !== 'refreshing') return [state, {}];
      const renewed = event.session ?? { ...session, version: session.version + 1 };
      if (session.id !== null && renewed.id !== session.id)
        return leave(state, 'idle', renewed, 'ERR_SESSION_CHANGED');
      return leave(state, 'idle', newest(renewed, session));
    }

    case 'failed':
      if (state.name === 'ended') return [state, {}];
      return leave(
        state,
        event.code === 'ERR_SESSION_ENDED' ? 'ended' : 'idle',
        event.code === 'ERR_SESSION_CHANGED' ? unknown : session,
        event.code,
        event.cause,
      );

    case 'hinted': {
      const { hint } = event;
      const another = hint.id !== session.id;
      // Its own refresh writes the cookie before it answers, so while it runs a newer version is no news; and
      // to a page that knows no session, no other session is either.
      if (
        state.name === 'refreshing'
          ? !another || session.id === null
          : !another && hint.version <= session.version
      )
        return [state, {}];
      if (another || state.name === 'ended') return leave(state, 'idle', hint, 'ERR_SESSION_CHANGED');
      return [{ ...state, session: hint }, {}];
    }

    case 'loggedIn':
      if (state.name !== 'ended' && event.session && event.session.id === session.id)
        return [{ ...state, session: newest(event.session, session) }, {}];
      return leave(state, 'idle', event.session ?? unknown, 'ERR_SESSION_CHANGED');

    case 'loggedOut':
      // Infinity: no version of this session can revive the page, only another session can.
      return leave(state, 'ended', { ...session, version: Infinity }, 'ERR_SESSION_ENDED');
  }
}

const newest = ({ id, version }: Session, known: Session): Session => ({
  id,
  version: Math.max(version, known.version),
});

const settle = (state: State, ticket: number, code?: ReauthErrorCode): Step => [
  state,
  { settle: [ticket], code },
];

/** The state of refreshing `version`. A 401 may know a newer one than the page: another tab renewed (P9). */
function refreshing(state: State, version: number): Refreshing {
  if (state.name === 'refreshing') return state;
  const { epoch, session } = state;
  return {
    name: 'refreshing',
    epoch,
    session: newest({ ...session, version }, session),
    holding: false,
    queue: null,
  };
}

function enqueue(next: Refreshing, state: State, ticket: number, bound: number): Step {
  const effects: Effects = state.name === 'refreshing' ? {} : { refresh: 'start' };
  if (ticket > 0 && sizeOf(next.queue) >= bound)
    return [next, { ...effects, settle: [ticket], code: 'ERR_QUEUE_FULL' }];
  return [{ ...next, queue: join(next.queue, ticket) }, effects];
}

/** Goes on to `idle` or `ended`. Who waited is settled; where the session is not the same, neither is the epoch. */
function leave(
  state: State,
  name: 'idle' | 'ended',
  session: Session,
  code?: ReauthErrorCode,
  cause?: unknown,
): Step {
  const epoch = state.epoch + +(code === 'ERR_SESSION_ENDED' || code === 'ERR_SESSION_CHANGED');
  return [
    { name, epoch, session },
    state.name === 'refreshing' ? { refresh: 'stop', settle: inOrder(state.queue), code, cause } : {},
  ];
}
