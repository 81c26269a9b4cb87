const loginKinds = ['status503', 'hang', 'html'] as const;
const logoutKinds = ['status503', 'drop', 'hang'] as const;
const apiKinds = ['status500', 'status503', 'drop', 'hang', 'unauthorized', 'slow'] as const;
const refreshKinds = [
  'status500',
  'status502',
  'status503',
  'status429',
  'dropBeforeRotate',
  'dropAfterRotate',
  'hang',
  'hangAfterRotate',
  'html',
  'emptyBody',
  'truncatedJson',
  'invalidClient',
  'noRefreshToken',
  'expiresInMissing',
  'expiresInText',
  'expiresInNumericString',
  'expiresInZero',
  'expiresInNegative',
  'expiresInHuge',
] as const;

/** Every fault by the route it can strike; `none` lets a call pass, so "the third call fails" can be written down. */
export const faultKinds = {
  login: ['none', ...loginKinds],
  refresh: ['none', ...refreshKinds],
  logout: ['none', ...logoutKinds],
  api: ['none', ...apiKinds],
} as const;

export type FaultScope = keyof typeof faultKinds;
export type FaultKind<S extends FaultScope = FaultScope> = (typeof faultKinds)[S][number];

/**
 * Describes one misbehaviour of the service.
 *
 * Rules of a scope are tried in order, and the first that fires is the fault of the call. A rule without `times` and
 * `probability` strikes every call.
 */
export interface Fault<S extends FaultScope = FaultScope> {
  readonly kind: FaultKind<S>;
  /** How many calls it strikes before it is used up; `Infinity` (or `null`, for JSON) is for ever. */
  readonly times?: number | null;
  /** Chance from 0 to 1 that it strikes a call; drawn from a seeded generator, so a run can be repeated. */
  readonly probability?: number;
  /** Refresh only: the token is rotated although the answer is this fault. The kinds named `…AfterRotate` always do. */
  readonly rotates?: boolean;
  /** Seconds that `status429` and `status503` name in `Retry-After`; 1 for `status429`, none for `status503`. */
  readonly retryAfterSeconds?: number;
  /** Milliseconds that `slow` waits; 1000. */
  readonly delayMs?: number;
}

/** The rules of each scope; a scope that is left out stays as it is. */
export type Faults = { readonly [S in FaultScope]?: readonly Fault<S>[] };

export interface FaultBox {
  /** Draws the fault of the next call of a scope, or `null` if it is to be answered well. */
  take<S extends FaultScope>(scope: S): Fault<S> | null;
  /** Replaces the rules of the scopes that are named. */
  set(faults: Faults): void;
  /** Goes back to no faults at all, and to the first draw. */
  clear(): void;
  /** What is still to come, with the remaining `times`. */
  read(): Required<Faults>;
}

// Mulberry32: small, fast, and the same sequence for the same seed on every machine.
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Rules = { [S in FaultScope]: (Fault<S> & { left: number })[] };

/** Keeps the fault rules and draws from them with a generator seeded by `seed`. */
export function createFaultBox(seed: number): FaultBox {
  let random = seededRandom(seed);
  let rules: Rules = { login: [], refresh: [], logout: [], api: [] };

  const arm = <S extends FaultScope>(faults: readonly Fault<S>[]) =>
    faults.map((fault) => ({ ...fault, left: fault.times ?? Infinity }));
  const show = <S extends FaultScope>(scope: S): Fault<S>[] =>
    rules[scope].map(({ left, ...fault }) => ({ ...fault, times: left }));

  return {
    take(scope) {
      const found = rules[scope].findIndex(
        ({ probability }) => probability === undefined || random() < probability,
      );
      const rule = rules[scope][found];
      if (!rule) return null;
      rule.left -= 1;
      if (rule.left <= 0) rules[scope].splice(found, 1);
      return rule.kind === 'none' ? null : rule;
    },
    set({ login, refresh, logout, api }) {
      if (login) rules.login = arm(login);
      if (refresh) rules.refresh = arm(refresh);
      if (logout) rules.logout = arm(logout);
      if (api) rules.api = arm(api);
      // A rule that strikes zero times is no rule.
      for (const scope of ['login', 'refresh', 'logout', 'api'] as const) {
        (rules[scope] as { left: number }[]) = (rules[scope] as { left: number }[]).filter(
          ({ left }) => left > 0,
        );
      }
    },
    clear() {
      random = seededRandom(seed);
      rules = { login: [], refresh: [], logout: [], api: [] };
    },
    read: () => ({
      login: show('login'),
      refresh: show('refresh'),
      logout: show('logout'),
      api: show('api'),
    }),
  };
}
