import type { Effect, Event, Session, State, Step } from './machineTypes.ts';
import type { ReauthErrorCode } from './reauthError.ts';
import { inOrder, join, sizeOf, without } from './queue.ts';

export type { Effect, Event, Session, State } from './machineTypes.ts';

export const initially = (session: Session): State => ({ name: 'idle', epoch: 1, run: 0, session });

/** Counts the requests that wait. */
export const queued = (state: State): number => (state.name === 'refreshing' ? sizeOf(state.queue) : 0);

/**
 * Decides what happens next: a pure function without promise, clock or axios.
 *
 * @see DESIGN §4, the table in docs/architecture.md
 */
export function step(state: State, event: Event, bound: number): Step {
  const { session, epoch } = state;
  switch (event.type) {
    case 'expired':
      if (state.name === 'ended') return [state, [settle(event.ticket, 'ERR_SESSION_ENDED')]];
      if (event.epoch !== epoch) return [state, [settle(event.ticket, 'ERR_SESSION_CHANGED')]];
      if (state.name === 'idle' && event.version < session.version)
        return [state, [settle(event.ticket, null)]];
      return enqueue(...begin(state, event.version), event.ticket, bound);
    case 'held':
      return state.name === 'refreshing'
        ? enqueue(state, [], event.ticket, bound)
        : [state, [settle(event.ticket, null)]];
    case 'abandoned':
      return [
        state.name === 'refreshing' ? { ...state, queue: without(state.queue, event.ticket) } : state,
        [],
      ];
    case 'asked':
      return state.name === 'idle' ? begin(state, session.version, false) : [state, []];
    case 'interrupted':
      if (state.name !== 'refreshing') return [state, []];
      return [{ ...state, run: state.run + 1 }, [{ type: 'start', run: state.run + 1 }]];
    case 'succeeded': {
      if (state.name !== 'refreshing' || event.run !== state.run) return [state, []];
      const renewed = event.session ?? { id: session.id, version: session.version + 1 };
      return session.id === null || renewed.id === session.id
        ? leave(state, { name: 'idle', epoch, session: newest(renewed, session) }, null)
        : leave(state, { name: 'idle', epoch: epoch + 1, session: renewed }, 'ERR_SESSION_CHANGED');
    }
    case 'failed':
      if (state.name !== 'refreshing' || event.run !== state.run) return [state, []];
      switch (event.code) {
        case 'ERR_SESSION_ENDED':
          return leave(state, { name: 'ended', epoch, session }, event.code, event.cause);
        case 'ERR_SESSION_CHANGED':
          return leave(state, { name: 'idle', epoch: epoch + 1, session: unknown }, event.code, event.cause);
        default:
          return leave(state, { name: 'idle', epoch, session }, event.code, event.cause);
      }
    case 'refused':
      return [state.name === 'idle' ? { ...state, name: 'ended' } : state, []];
    case 'hinted': {
      const { hint } = event;
      const another = hint.id !== session.id;
      // A page that knows no session may see the cookie of its own refresh before that refresh answers.
      if (state.name === 'refreshing' && (!another || session.id === null)) return [state, []];
      if (another || (state.name === 'ended' && hint.version > session.version))
        return leave(state, { name: 'idle', epoch: epoch + 1, session: hint }, 'ERR_SESSION_CHANGED');
      return [hint.version > session.version ? { ...state, session: hint } : state, []];
    }
    case 'loggedIn':
      if (event.session && event.session.id === session.id) {
        const known = {
          ...state,
          session: newest(event.session, state.name === 'ended' ? unknown : session),
        };
        return [known.name === 'ended' ? { ...known, name: 'idle' } : known, []];
      }
      return leave(
        state,
        { name: 'idle', epoch: epoch + 1, session: event.session ?? unknown },
        'ERR_SESSION_CHANGED',
      );
    case 'loggedOut':
      // No version of this session can move a page on that was logged out: only another session can.
      return leave(
        state,
        { name: 'ended', epoch: epoch + 1, session: { id: session.id, version: Infinity } },
        'ERR_SESSION_ENDED',
      );
  }
}

/** The session of a page that nobody has told of any. */
export const unknown: Session = { id: null, version: 0 };
const newest = (a: Session, b: Session): Session =>
  b.version > a.version ? { ...a, version: b.version } : a;
const settle = (ticket: number, code: ReauthErrorCode | null): Effect => ({ type: 'settle', ticket, code });

type Refreshing = Extract<State, { name: 'refreshing' }>;

/** Starts a refresh of `version`, or joins the one that runs. */
function begin(state: State, version: number, holding = true): [Refreshing, Effect[]] {
  if (state.name === 'refreshing') return [{ ...state, holding: true }, []];
  const { epoch, session } = state;
  const run = state.run + 1;
  // The answer knows better than the page: another tab may have renewed long ago (P9).
  return [
    {
      name: 'refreshing',
      epoch,
      run,
      session: newest({ ...session, version }, session),
      holding,
      queue: null,
    },
    [{ type: 'start', run }],
  ];
}

function enqueue(state: Refreshing, effects: Effect[], ticket: number, bound: number): Step {
  return sizeOf(state.queue) < bound
    ? [{ ...state, queue: join(state.queue, ticket) }, effects]
    : [state, [...effects, settle(ticket, 'ERR_QUEUE_FULL')]];
}

/** Goes on to another state; whoever waited in the one before is settled. */
function leave(
  state: State,
  next: Pick<State, 'epoch' | 'session'> & { name: 'idle' | 'ended' },
  code: ReauthErrorCode | null,
  cause?: unknown,
): Step {
  return [
    { ...next, run: state.run },
    state.name === 'refreshing' ? [{ type: 'finish', tickets: inOrder(state.queue), code, cause }] : [],
  ];
}
