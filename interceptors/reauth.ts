import { createAttach } from './attach.ts';
import { createWaitingRequests } from './axios/waitingRequests.ts';
import { wallTime } from './clock.ts';
import { learnLife, type Engine } from './engine.ts';
import { checkedLimits } from './limits.ts';
import { notify } from './notify.ts';
import { isFinal, reasonOf } from './outcome.ts';
import type { Emit } from './reauthEvents.ts';
import type { Reauth, ReauthOptions } from './reauthOptions.ts';
import { Refresher } from './refresh/refresher.ts';
import { queued, step, unknown, type Event, type State } from './refreshMachine.ts';
import { readHintCookie, watchPage } from './sessionHint.ts';

/**
 * Creates the reauth engine: when an access token dies, requests wait for one refresh and are replayed.
 *
 * The machine decides, the other parts carry out. Nothing awaits between a decision and its effects, so no two
 * decisions interleave.
 *
 * @throws {RangeError} where a limit is no number or negative
 * @see docs/architecture.md, What the engine promises
 */
export function createReauth(options: ReauthOptions): Reauth {
  const { engine, refresher } = createEngine(options);
  const { dispatch, clock, look, refresh } = engine;
  return {
    attach: createAttach(engine),
    get state() {
      return engine.state.name;
    },
    get queued() {
      return queued(engine.state);
    },
    get expiresInMs() {
      const { life, state } = engine;
      const leftMs = life?.version === state.session.version ? life.expiresAtMs - wallTime(clock) : NaN;
      return Number.isFinite(leftMs) ? Math.max(0, leftMs) : null;
    },
    session() {
      look();
      const { name, session } = engine.state;
      return { id: (name !== 'ended' && (engine.identity ?? session.id)) || null, version: session.version };
    },
    refresh,
    exclusive: (work) => refresher.exclusive(work),
    loggedIn(info) {
      engine.identity = info?.session.id;
      engine.checkHint(engine.identity);
      dispatch({ type: 'loggedIn', session: info?.session });
      learnLife(engine, info, wallTime(clock));
    },
    loggedOut() {
      engine.identity = undefined;
      dispatch({ type: 'loggedOut' });
    },
    dispose: (options.watchHint ?? watchPage)(look),
  };
}

/** Creates what the parts share, with the machine at its centre. */
function createEngine(options: ReauthOptions): { engine: Engine; refresher: Refresher } {
  const { clock = globalThis, onEvent, cookieName } = options;
  const readCookie = options.readHint ?? (() => readHintCookie(cookieName));
  /** The session of a hint that the server contradicted. */
  let refuted: string | undefined;
  const readHint = () => {
    const found = readCookie();
    return found?.id === refuted ? null : found;
  };
  const exclusives = new Set<Promise<unknown>>();
  let hint = readHint();
  let asked = 0;

  const engine: Engine = {
    options,
    limits: checkedLimits(options.limits),
    clock,
    readHint,
    exclusives,
    refusals: 0,
    state: { name: 'idle', epoch: 1, session: hint ?? unknown },
    waiting: createWaitingRequests(clock, (ticket) => engine.dispatch({ type: 'abandoned', ticket })),
    emit:
      onEvent &&
      ((event) => notify(onEvent, { ...event, at: clock.performance.now(), queued: queued(engine.state) })),

    dispatch(event) {
      const before = engine.state;
      const [state, { settle, code, cause }] = step(before, event, engine.limits.queue);
      engine.state = state;
      if (state.epoch !== before.epoch) engine.life = undefined;
      if (event.type === 'succeeded') engine.refusals = 0;
      if (event.type === 'failed' && state.name === 'ended') engine.refusals++;
      if (state.name !== before.name) {
        if (before.name === 'refreshing') refresher.stop();
        if (state.name === 'refreshing') refresher.start();
      }
      settle?.forEach((ticket) => engine.waiting.settle(ticket, code, cause));
      if (engine.emit) report(engine.emit, before, event, state);
    },

    look() {
      // A login or logout of this page writes the hint before its caller can pass it on: no news.
      if (exclusives.size) return false;
      const previous = hint;
      hint = readHint();
      if (hint) engine.dispatch({ type: 'hinted', session: hint });
      else if (previous && engine.state.name !== 'ended') engine.emit?.({ type: 'hintLost' });
      if (hint?.version !== previous?.version) engine.wake?.();
      return hint?.id !== previous?.id;
    },

    checkHint(sessionId) {
      const shown = readCookie()?.id;
      refuted = sessionId && shown !== sessionId ? shown : undefined;
      if (refuted) hint = null;
    },

    refresh() {
      engine.look();
      const ticket = --asked;
      return engine.waiting
        .enter(ticket, () => engine.dispatch({ type: 'asked', ticket }))
        .then(refresher.latest);
    },

    refused(epoch, version, answer) {
      if (!(options.isFinal ?? isFinal)(answer)) return;
      engine.look();
      const { name, session, ...state } = engine.state;
      // About an older session (P8) or version, or while a refresh or a login will know better: only this request fails.
      if (name !== 'idle' || epoch !== state.epoch || version < session.version || exclusives.size) return;
      if (hint && reasonOf(answer) === 'no_session') engine.refresh().catch(() => {});
      else engine.dispatch({ type: 'failed', code: 'ERR_SESSION_ENDED', cause: answer });
    },
  };
  const refresher = new Refresher(engine);
  return { engine, refresher };
}

/** Emits what became of the session. After a login or logout nothing: its caller knows. */
function report(emit: Emit, before: State, event: Event, { name, epoch, session }: State): void {
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
