import { createAttach } from './attach.ts';
import type { Engine } from './engine.ts';
import { quietly } from './quietly.ts';
import type { Reauth, ReauthOptions } from './reauthOptions.ts';
import { createRefresher } from './refresher.ts';
import { queued, step, unknown, type Event, type State } from './refreshMachine.ts';
import { reasonOf } from './outcome.ts';
import type { Emit } from './reauthEvents.ts';
import { readHintCookie, watchPage } from './sessionHint.ts';
import { createWaitingRoom } from './waitingRoom.ts';

/**
 * Makes the reauth engine: when an access token dies, requests wait for one refresh and are replayed.
 *
 * The machine decides, the rest carries out. Nothing awaits between a decision and its effects, so no two
 * decisions interleave.
 *
 * @see docs/architecture.md, What the engine promises
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
      const before = engine.state;
      const [state, { settle, code, cause }] = step(before, event, engine.limits.queue);
      engine.state = state;
      if (state.name !== before.name) {
        if (before.name === 'refreshing') refresher.stop();
        if (state.name === 'refreshing') refresher.start();
      }
      settle?.forEach((ticket) => engine.room.settle(ticket, code, cause));
      if (engine.emit) tell(engine.emit, before, event, state);
    },

    look() {
      // A login or logout of this page writes the hint before it can tell us: no news.
      if (exclusives.size) return false;
      const previous = hint;
      hint = readHint();
      if (hint) engine.dispatch({ type: 'hinted', session: hint });
      else if (previous && engine.state.name !== 'ended') engine.emit?.({ type: 'hintLost' });
      return hint?.id !== previous?.id;
    },

    refused(epoch, version, cause) {
      engine.look();
      const { name, session, ...state } = engine.state;
      // Of an older session (P8) or version, or while a refresh or a login will know better: one request's affair.
      if (name !== 'idle' || epoch !== state.epoch || version < session.version || exclusives.size) return;
      if (hint && reasonOf(cause) === 'no_session') reauth.refresh().catch(() => {});
      else engine.dispatch({ type: 'failed', code: 'ERR_SESSION_ENDED', cause });
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
    loggedIn(info) {
      engine.told = info?.session.id;
      engine.dispatch({ type: 'loggedIn', session: info?.session });
    },
    loggedOut() {
      engine.told = undefined;
      engine.dispatch({ type: 'loggedOut' });
    },
    dispose: watchHint(engine.look),
  };
  return reauth;
}

/** Tells what became of the session; of a login or logout whoever did it knows. */
function tell(emit: Emit, before: State, event: Event, { name, epoch, session }: State): void {
  if (event.type !== 'failed' && event.type !== 'hinted' && event.type !== 'succeeded') return;
  const { id, version } = session;
  const { info = null, by = 'otherTab' } = event.type === 'succeeded' ? event : {};
  if (event.type === 'failed' && name === 'ended')
    emit({ type: 'sessionEnded', reason: reasonOf(event.cause) ?? null });
  else if (epoch !== before.epoch)
    emit({ type: 'sessionChanged', hint: id === null ? null : { id, version } });
  else if (event.type === 'succeeded' || version > before.session.version)
    emit({ type: 'sessionRenewed', session: info, version, by });
}
