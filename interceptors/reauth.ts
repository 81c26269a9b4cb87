import { createAttach } from './attach.ts';
import type { Engine } from './engine.ts';
import { quietly } from './quietly.ts';
import type { Reauth, ReauthOptions } from './reauthOptions.ts';
import { createRefresher } from './refresher.ts';
import { queued, step, unknown } from './refreshMachine.ts';
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
  const exclusives = new Set<Promise<unknown>>();
  let hint = readHint();
  let asked = 0;

  const engine: Engine = {
    options,
    limits: { queue: 1000, refreshMs: 30_000, lockMs: 5_000, ...options.limits },
    clock,
    readHint,
    exclusives,
    state: { name: 'idle', epoch: 1, session: hint ?? unknown },
    room: createWaitingRoom(clock, (ticket) => engine.dispatch({ type: 'abandoned', ticket })),
    emit:
      onEvent &&
      ((event) => quietly(onEvent, { ...event, at: clock.performance.now(), queued: queued(engine.state) })),

    dispatch(event) {
      const before = engine.state.name;
      const [state, { settle, code, cause }] = step(engine.state, event, engine.limits.queue);
      engine.state = state;
      if (state.name !== before) {
        if (before === 'refreshing') refresher.stop();
        if (state.name === 'refreshing') refresher.start();
      }
      settle?.forEach((ticket) => engine.room.settle(ticket, code, cause));
    },

    look() {
      // A login or logout of this page writes the hint before it can tell us: no news.
      if (exclusives.size) return false;
      const previous = hint;
      const before = engine.state;
      hint = readHint();
      if (hint) engine.dispatch({ type: 'hinted', session: hint });
      else if (previous && before.name !== 'ended') engine.emit?.({ type: 'hintLost' });
      const { epoch, session } = engine.state;
      if (epoch !== before.epoch) engine.emit?.({ type: 'sessionChanged', hint });
      else if (session.version > before.session.version)
        engine.emit?.({ type: 'sessionRenewed', session: null, version: session.version, by: 'otherTab' });
      return hint?.id !== previous?.id;
    },

    refused(epoch, version, reason) {
      engine.look();
      const { state } = engine;
      // Of an older session (P8) or version, or while a refresh or a login will know better: one request's affair.
      if (
        epoch !== state.epoch ||
        version < state.session.version ||
        state.name !== 'idle' ||
        exclusives.size
      )
        return;
      if (reason === 'no_session' && hint) return void reauth.refresh().catch(() => {});
      engine.dispatch({ type: 'failed', code: 'ERR_SESSION_ENDED' });
      engine.emit?.({ type: 'sessionEnded', reason: reason ?? null });
    },
  };
  const refresher = createRefresher(engine);

  const reauth: Reauth = {
    attach: createAttach(engine),
    get state() {
      return engine.state.name;
    },
    get queued() {
      return queued(engine.state);
    },
    refresh() {
      engine.look();
      const ticket = --asked;
      return engine.room
        .enter(ticket, () => engine.dispatch({ type: 'asked', ticket }))
        .then(refresher.latest);
    },
    exclusive: refresher.exclusive,
    loggedIn: (info) => engine.dispatch({ type: 'loggedIn', session: info?.session }),
    loggedOut: () => engine.dispatch({ type: 'loggedOut' }),
    dispose: watchHint(engine.look),
  };
  return reauth;
}
