import { slowIssuer, lostAnswers, leaving, twoTabs } from './emphases.ts';
import type { Mutation } from './mutations.ts';

/** The engine's rules. */
export const ofEngine: readonly Mutation[] = [
  {
    name: 'P5',
    rule: 'login and logout take the lock and abort the page’s own refresh',
    edits: [
      {
        file: 'interceptors/refresh/refresher.ts',
        from: 'Promise.resolve().then(() => this.#locked(async () => work(), Infinity, deadline))',
        to: 'Promise.resolve().then(() => work())',
      },
      { file: 'interceptors/refresh/refresher.ts', from: 'if (signal) this.#run();', to: '' },
    ],
    breaks: ['logged out'],
    emphasis: { ...leaving, setup: { ...leaving.setup, hasLocks: true } },
  },
  {
    name: 'P8',
    rule: 'an answer to a request of another session never ends the engine',
    edits: [{ file: 'interceptors/reauth.ts', from: 'epoch !== state.epoch || ', to: '' }],
    breaks: ['logged out'],
    emphasis: { ...leaving, links: ['proxy'], weights: { ...leaving.weights, request: 40, refresh: 5 } },
  },
  {
    name: 'P8-version',
    rule: 'an answer to a request of an older version never ends the engine',
    edits: [{ file: 'interceptors/reauth.ts', from: 'version < session.version || ', to: '' }],
    breaks: ['logged out'],
    emphasis: {
      ...lostAnswers,
      links: ['proxy'],
      delaysMs: [40_000, 70_000],
      setup: { ...lostAnswers.setup, tabs: 2 },
    },
  },
  {
    name: 'P8-doubt',
    rule: 'a refusal is believed only while the hint is what it was',
    edits: [
      {
        file: 'interceptors/refresh/attempts.ts',
        from: 'if (isDoubtful && !isSame(hint, this.#sent)) return undefined;',
        to: '',
      },
    ],
    breaks: ['logged out'],
    emphasis: {
      ...leaving,
      links: ['refresh'],
      weights: { ...leaving.weights, kill: 8 },
      setup: { ...leaving.setup, hasLocks: false, hasCookieEvents: false, tabs: 3 },
    },
  },
  {
    name: 'P9',
    rule: 'the version of a 401 is the answer’s header',
    edits: [
      {
        file: 'interceptors/axios/exchange.ts',
        from: 'outcome.versionOf(answer) ?? sent',
        to: 'sent',
      },
      // A second replay would repair it.
      {
        file: 'interceptors/axios/exchange.ts',
        from: '(mayReplay && isNews(engine, sent, version))',
        to: 'false',
      },
    ],
    breaks: ['request lost'],
    emphasis: twoTabs,
  },
  {
    name: 'P14',
    rule: 'one budget for lock, calls and retries',
    edits: [
      {
        file: 'interceptors/refresh/refresher.ts',
        from: '}, limits.refreshMs);',
        to: '}, 4 * limits.refreshMs);',
      },
    ],
    breaks: ['unsettled'],
    emphasis: { ...slowIssuer, links: ['refresh'], weights: { ...slowIssuer.weights, request: 40 } },
  },
];
