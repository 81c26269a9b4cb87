import { createAttach } from './attach.ts';
import { systemClock } from './clock.ts';
import { quietly } from './quietly.ts';
import { reauthError } from './reauthError.ts';
import type { Emit } from './reauthEvents.ts';
import type { Reauth, ReauthOptions } from './reauthOptions.ts';
import { initially, queued, step, unknown, type Event, type State } from './refreshMachine.ts';
import { createRenewals } from './renewals.ts';
import { readHintCookie, watchPage } from './sessionHint.ts';
import { createWaitingRoom } from './waitingRoom.ts';

/**
 * Makes the reauth engine: when an access token dies, requests wait for one refresh and are replayed.
 *
 * The machine decides, the rest carries out. Nothing awaits between a decision and its effects, so no two
 * decisions interleave.
 *
 * @see DESIGN §4
 */
export function createReauth(options: ReauthOptions): Reauth {
  const { clock = systemClock, onEvent, watchHint = watchPage } = options;
  const limits = { queue: 1000, refreshMs: 30_000, lockMs: 5_000, ...options.limits };
  const readHint = () => {
    try {
      return (options.readHint ?? readHintCookie)();
    } catch {
      return null;
    }
  };
  let hint = readHint();
  let state: State = initially(hint ?? unknown);

  const emit: Emit | undefined =
    onEvent && ((event) => quietly(onEvent, { ...event, at: clock.now(), queued: queued(state) }));
  const room = createWaitingRoom(clock, (ticket) => dispatch({ type: 'abandoned', ticket }));
  const renewals = createRenewals({
    options,
    limits,
    clock,
    emit,
    readHint,
    state: () => state,
    dispatch: (event) => dispatch(event),
    look: () => look(),
  });

  function dispatch(event: Event): void {
    const [next, effects] = step(state, event, limits.queue);
    state = next;
    for (const effect of effects) {
      switch (effect.type) {
        case 'start':
          renewals.start(effect.run);
          break;
        case 'settle':
          room.settle(effect.ticket, effect.code);
          break;
        case 'finish':
          renewals.close(effect.code, effect.cause);
          for (const ticket of effect.tickets) room.settle(ticket, effect.code, effect.cause);
      }
    }
  }

  function look(): boolean {
    // A login or logout of this page writes the hint before it can tell us: its news is not news.
    if (renewals.isExclusive()) return false;
    const [before, previous] = [state, hint];
    hint = readHint();
    if (hint) dispatch({ type: 'hinted', hint });
    else if (previous && state.name !== 'ended') emit?.({ type: 'hintLost' });
    if (state.epoch !== before.epoch) emit?.({ type: 'sessionChanged', hint });
    else if (state.session.version > before.session.version)
      emit?.({ type: 'sessionRenewed', session: null, version: state.session.version, by: 'otherTab' });
    return hint?.id !== previous?.id;
  }

  function refused(epoch: number, reason: string | undefined): void {
    look();
    // Of an older session (P8), or while a refresh or a login is about to know better: one request's affair.
    if (epoch !== state.epoch || state.name !== 'idle' || renewals.isExclusive()) return;
    if (reason === 'no_session' && hint) return dispatch({ type: 'asked' });
    dispatch({ type: 'refused' });
    emit?.({ type: 'sessionEnded', reason: reason ?? null });
  }

  const unwatch = watchHint(look);
  return {
    attach: createAttach(
      {
        options,
        clock,
        room,
        emit,
        patienceMs: limits.refreshMs / 10,
        state: () => state,
        dispatch,
        look,
        refused,
      },
      renewals.isCalling,
      renewals.isRefreshSignal,
    ),
    get state() {
      return state.name;
    },
    get queued() {
      return queued(state);
    },
    refresh() {
      look();
      dispatch({ type: 'asked' });
      return renewals.done() ?? Promise.reject(reauthError('ERR_SESSION_ENDED'));
    },
    exclusive: renewals.exclusive,
    loggedIn: (info) => dispatch({ type: 'loggedIn', session: info?.session ?? null }),
    loggedOut: () => dispatch({ type: 'loggedOut' }),
    dispose: unwatch,
  };
}
