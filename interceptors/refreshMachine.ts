import type { Event, Session, State, Step } from './machineTypes.ts';
import type { ReauthErrorCode } from './reauthError.ts';

export type { Effects, Event, Session, State } from './machineTypes.ts';

/** The session of a page that nobody has told of any. */
export const unknown: Session = { id: null, version: 0 };

/** Counts the requests that wait. */
export const queued = (state: State): number => (state.name === 'refreshing' ? state.queue.length : 0);

/**
 * Decides what happens next: pure, without promise, clock or axios. `bound` is how many may wait.
 *
 * @see DESIGN §4, and the table in docs/architecture.md
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
      const stale =
        expired && name === 'idle' ? newest({ ...session, version: event.version }, session) : session;
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
