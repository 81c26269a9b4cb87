import fc from 'fast-check';
import type { HookKind } from './hostHooks.ts';
import type { Mood } from './isolation.ts';
import type { IssuerSettings } from './issuer.ts';
import type { Link } from './network.ts';

/** The simulation that a history happens in. */
export interface Setup extends IssuerSettings {
  readonly seed: number;
  readonly instances: number;
  /** One store for all instances; else each has its own, and there is one instance. */
  readonly sharesStore: boolean;
  readonly hasLocks: boolean;
  /** Whether pages hear that a cookie has changed. */
  readonly hasCookieEvents: boolean;
  /** Tabs of the first browser; a second browser has one, if there is a second. */
  readonly tabs: number;
  readonly hasSecondBrowser: boolean;
  readonly graceMs: number;
  /** Which reads with a dead token the proxy refreshes itself. */
  readonly proxyRefresh: 'never' | 'without-interceptor' | 'always';
  /** How many upstreams have a token of their own, besides the default one. */
  readonly resources: number;
  /** How the hooks of the host app behave. */
  readonly hooks: HookKind;
}

export type Action =
  | { readonly do: 'request'; readonly tab: number; readonly count: number; readonly to: number }
  /** Reads that the browser itself makes, without the interceptor: a download, an image. */
  | { readonly do: 'read'; readonly tab: number; readonly count: number; readonly to: number }
  /** Server components that call upstream while the page renders. */
  | { readonly do: 'render'; readonly tab: number; readonly count: number }
  | { readonly do: 'refresh'; readonly tab: number }
  | { readonly do: 'login'; readonly tab: number; readonly person: 'ada' | 'bob' }
  /** The person is asked to log in again for a request, and does so as this person. */
  | { readonly do: 'stepUp'; readonly tab: number; readonly person: 'ada' | 'bob' }
  | { readonly do: 'logout'; readonly tab: number; readonly everywhere: boolean }
  | { readonly do: 'reload'; readonly tab: number }
  | { readonly do: 'freezeTab'; readonly tab: number; readonly ms: number }
  | { readonly do: 'force'; readonly tab: number; readonly count: number }
  | { readonly do: 'mood'; readonly tab: number; readonly mood: Mood; readonly ms: number }
  /** Access tokens die before their time: all, or those of one upstream. */
  | { readonly do: 'expire'; readonly of: number | null }
  | { readonly do: 'kill' }
  | { readonly do: 'fault'; readonly on: Link; readonly leg: 'request' | 'answer'; readonly lose: boolean; readonly delayMs: number }
  | { readonly do: 'issuerDown'; readonly ms: number; readonly how: 'busy' | 'reset' | 'hangs' | Mood }
  | { readonly do: 'storeDown'; readonly ms: number }
  | { readonly do: 'storeLost' }
  | { readonly do: 'crash'; readonly instance: number; readonly ms: number }
  | { readonly do: 'stall'; readonly instance: number; readonly ms: number }; // prettier-ignore

export type Step = Action & { readonly afterMs: number };

export interface History {
  readonly setup: Setup;
  readonly steps: readonly Step[];
}

/** How often each action comes; what is left out comes as `usual` says. */
export interface Emphasis {
  readonly weights?: Partial<Record<Action['do'], number>>;
  /** Links whose messages go astray, instead of all. */
  readonly links?: readonly Link[];
  readonly moods?: readonly Mood[];
  /** How an outage of the issuer shows. */
  readonly downs?: readonly ('busy' | 'reset' | 'hangs' | Mood)[];
  readonly pausesMs?: readonly number[];
  /** How late messages are; and how long outages, crashes and standstills last. */
  readonly delaysMs?: readonly number[];
  readonly spansMs?: readonly number[];
  readonly setup?: Partial<Setup>;
  readonly steps?: number;
}

const usual: Record<Action['do'], number> = {
  request: 30, read: 3, render: 3, refresh: 10, login: 5, logout: 4, reload: 4, freezeTab: 2, expire: 8, kill: 0.5, fault: 20,
  // Only where they are asked for: every other seed goes on to mean the history that it meant.
  stepUp: 0,
  issuerDown: 2, mood: 2, force: 1, storeDown: 1, storeLost: 0.2, crash: 1.5, stall: 1,
}; // prettier-ignore

const allLinks: readonly Link[] = [
  'proxy', 'read', 'render', 'who', 'refresh', 'refresh', 'login', 'logout', 'issuer.refresh', 'issuer.refresh', 'issuer.login', 'issuer.revoke',
  'upstream', 'store.read', 'store.commit', 'store.end', 'store.acquire', 'store.release', 'store.other',
]; // prettier-ignore

const PAUSES_MS = [0, 0, 1, 5, 20, 60, 150, 400, 1000, 3000, 8000, 20_000, 65_000, 320_000];
const DELAYS_MS = [5, 30, 100, 300, 1000, 4000, 9000, 12_000, 30_000, 70_000];
/** A store answers within its bound or not at all. */
const STORE_DELAYS_MS = [5, 30, 100, 400];
const LONG_MS = [300, 3000, 12_000, 16_000, 40_000, 90_000];

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);

/** Histories, with some things happening more often than others. */
export function histories(emphasis: Emphasis = {}): fc.Arbitrary<History> {
  const weights = { ...usual, ...emphasis.weights };
  const tab = fc.nat(3);
  /** Which upstream: the default one, or one with a resource; modulo as many as there are. */
  const to = fc.nat(11);
  const instance = fc.nat(2);
  const ms = oneOf(emphasis.spansMs ?? LONG_MS);
  const actions: Record<Action['do'], fc.Arbitrary<Action>> = {
    request: fc.record({ do: fc.constant('request'), tab, count: oneOf([1, 1, 2, 4]), to }),
    read: fc.record({ do: fc.constant('read'), tab, count: oneOf([1, 1, 2, 4]), to }),
    render: fc.record({ do: fc.constant('render'), tab, count: oneOf([1, 1, 2, 6]) }),
    refresh: fc.record({ do: fc.constant('refresh'), tab }),
    login: fc.record({ do: fc.constant('login'), tab, person: oneOf(['ada', 'bob']) }),
    logout: fc.record({ do: fc.constant('logout'), tab, everywhere: oneOf([false, false, true]) }),
    stepUp: fc.record({ do: fc.constant('stepUp'), tab, person: oneOf(['ada', 'ada', 'bob']) }),
    reload: fc.record({ do: fc.constant('reload'), tab }),
    freezeTab: fc.record({ do: fc.constant('freezeTab'), tab, ms }),
    force: fc.record({ do: fc.constant('force'), tab, count: oneOf([1, 3, 8, 20]) }),
    mood: fc.record({
      do: fc.constant('mood'),
      tab,
      mood: oneOf<Mood>(emphasis.moods ?? ['rejects', 'rejects', 'throttles', 'refusesClient']),
      ms: oneOf([3000, 40_000, 90_000, 1e9, 1e9]),
    }),
    expire: fc.record({ do: fc.constant('expire'), of: fc.option(to, { freq: 2 }) }),
    kill: fc.record({ do: fc.constant('kill') }),
    fault: oneOf(emphasis.links ?? allLinks).chain((on) =>
      fc.record({
        do: fc.constant('fault'),
        on: fc.constant(on),
        leg: oneOf(['request', 'answer'] as const),
        lose: oneOf([false, false, true]),
        delayMs: oneOf(emphasis.delaysMs ?? (on.startsWith('store') ? STORE_DELAYS_MS : DELAYS_MS)),
      }),
    ),
    issuerDown: fc.record({
      do: fc.constant('issuerDown'),
      ms,
      how: oneOf(
        emphasis.downs ?? [
          'busy',
          'busy',
          'busy',
          'reset',
          'reset',
          'hangs',
          'rejects',
          'throttles',
          'refusesClient',
        ],
      ),
    }),
    storeDown: fc.record({ do: fc.constant('storeDown'), ms }),
    storeLost: fc.record({ do: fc.constant('storeLost') }),
    crash: fc.record({ do: fc.constant('crash'), instance, ms }),
    stall: fc.record({ do: fc.constant('stall'), instance, ms }),
  } as Record<Action['do'], fc.Arbitrary<Action>>;
  const action = fc.oneof(
    ...Object.entries(actions)
      .filter(([name]) => weights[name as Action['do']] > 0)
      .map(([name, arbitrary]) => ({ weight: Math.round(weights[name as Action['do']] * 10), arbitrary })),
  );
  const afterMs = oneOf(emphasis.pausesMs ?? PAUSES_MS);
  const step = fc.tuple(action, afterMs).map(([one, after]): Step => ({ ...one, afterMs: after }));

  const setup = fc
    .record({
      seed: fc.nat(),
      instances: oneOf([1, 2, 2, 3]),
      sharesStore: oneOf([true, true, true, false]),
      hasLocks: oneOf([true, true, true, true, true, true, true, true, true, false]),
      hasCookieEvents: oneOf([true, true, false]),
      tabs: oneOf([1, 2, 2, 3]),
      hasSecondBrowser: oneOf([false, false, true]),
      graceMs: oneOf([30_000, 300_000]),
      rotation: oneOf(['strict', 'strict', 'strict', 'lenient', 'none'] as const),
      accessTtlMs: oneOf([4000, 30_000, 300_000]),
      says: oneOf(['truth', 'truth', 'truth', 'nothing', 'lies'] as const),
      selfContained: fc.boolean(),
      proxyRefresh: oneOf([
        'without-interceptor',
        'without-interceptor',
        'without-interceptor',
        'never',
        'always',
      ] as const),
      resources: oneOf([0, 0, 0, 2, 3]),
      hooks: oneOf(['none', 'none', 'none', 'throw', 'reject', 'hang', 'slow'] as const),
    })
    .map((drawn) => ({ ...drawn, ...(emphasis.setup && { resources: 0, ...emphasis.setup }) }))
    .map((drawn): Setup => ({ ...drawn, instances: drawn.sharesStore ? drawn.instances : 1 }))
    // The settings refuse it: the call that needs a resource's first token obtains it.
    .map((drawn) =>
      drawn.resources > 0 && drawn.proxyRefresh === 'never'
        ? { ...drawn, proxyRefresh: 'without-interceptor' as const }
        : drawn,
    );

  const steps = fc.array(step, { minLength: 2, maxLength: emphasis.steps ?? 24, size: 'max' });
  return fc.record({ setup, steps });
}
