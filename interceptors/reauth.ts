import { createAttach } from './attach.ts';
import type { Engine } from './engine.ts';
import { quietly } from './quietly.ts';
import type { Reauth, ReauthOptions } from './reauthOptions.ts';
import { createRefresher } from './refresher.ts';
import { queued, step, unknown, type Event, type State } from './refreshMachine.ts';
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
  const { clock = globalThis, onEvent, readHint = readHintCookie, watchHint = watchPage } = options;
  const limits = { queue: 1000, refreshMs: 30_000, lockMs: 5_000, ...options.limits };
  let hint = readHint();
  let state: State = { name: 'idle', epoch: 1, session: hint ?? unknown };
  let asked = 0;

  const engine: Engine = {
    options,
    limits,
    clock,
    readHint,
    dispatch,
    look,
    room: createWaitingRoom(clock, (ticket) => dispatch({ type: 'abandoned', ticket })),
    emit:
      onEvent &&
      ((event) => quietly(onEvent, { ...event, at: clock.performance.now(), queued: queued(state) })),
    get state() {
      return state;
    },
    refused(epoch, reason) {
      look();
      // Of an older session (P8), or while a refresh or a login will know better: one request's affair.
      if (epoch !== state.epoch || state.name !== 'idle' || refresher.isExclusive()) return;
      if (reason === 'no_session' && hint) return void reauth.refresh().catch(() => {});
      dispatch({ type: 'failed', code: 'ERR_SESSION_ENDED' });
      engine.emit?.({ type: 'sessionEnded', reason: reason ?? null });
    },
  };
  const refresher = createRefresher(engine);

  function dispatch(event: Event): void {
    const [next, { refresh, settle, code, cause }] = step(state, event, limits.queue);
    state = next;
    if (refresh) refresher[refresh]();
    settle?.forEach((ticket) => engine.room.settle(ticket, code, cause));
  }

  function look(): boolean {
    // A login or logout of this page writes the hint before it can tell us: no news.
    if (refresher.isExclusive()) return false;
    const previous = hint;
    const { epoch, session } = state;
    hint = readHint();
    if (hint) dispatch({ type: 'hinted', hint });
    else if (previous && state.name !== 'ended') engine.emit?.({ type: 'hintLost' });
    const { version } = state.session;
    if (state.epoch !== epoch) engine.emit?.({ type: 'sessionChanged', hint });
    else if (version > session.version)
      engine.emit?.({ type: 'sessionRenewed', session: null, version, by: 'otherTab' });
    return hint?.id !== previous?.id;
  }

  const reauth: Reauth = {
    attach: createAttach(engine, refresher.isCalling, refresher.isOwn),
    get state() {
      return state.name;
    },
    get queued() {
      return queued(state);
    },
    refresh() {
      look();
      const ticket = --asked;
      return engine.room.enter(ticket, () => dispatch({ type: 'asked', ticket })).then(refresher.latest);
    },
    exclusive: refresher.exclusive,
    loggedIn: (info) => dispatch({ type: 'loggedIn', session: info?.session ?? null }),
    loggedOut: () => dispatch({ type: 'loggedOut' }),
    dispose: watchHint(look),
  };
  return reauth;
}
