import type { User } from '../contract/user.ts';
import { within, type Clock } from './clock.ts';
import { ApiError } from './http/problem.ts';
import type { Log } from './ops/log.ts';
import type { SealedSession } from './session/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A login that the issuer has granted. */
export interface LoginEvent {
  readonly user: User;
  readonly requestId: string;
  /** The session that this login gives newer tokens to; absent where it starts one. */
  readonly stepsUp?: string;
}

/** Nothing, fields to add to the user, or a refusal. */
export type LoginVerdict = undefined | { readonly user: Fields } | { readonly refuse: true };

export interface SessionEvent {
  readonly sessionId: string;
  readonly version: number;
  readonly user: User;
}

/** Code of the host app that hears of sessions. */
export interface Hooks {
  /** Observes a login, adds to its user, or refuses it; bounded by {@link HOOK_MS}. */
  readonly onLogin?: (event: LoginEvent) => LoginVerdict | Promise<LoginVerdict>;
  /** What happens to a login whose `onLogin` throws or is late: `allow` where nothing is given. */
  readonly onLoginFailure?: 'allow' | 'refuse';
  /** Hears that a session was refreshed; no caller waits for it. */
  readonly onRefresh?: (event: SessionEvent) => unknown;
  /** Hears that this server ended a session; no caller waits for it. */
  readonly onEnd?: (event: SessionEvent & { readonly reason: string }) => unknown;
}

/**
 * Picks what is added to `SessionInfo.user`, and sealed: it must be JSON, and small.
 *
 * @param idToken the claims of the ID token; in password mode empty
 * @param userInfo what else the issuer said of the user
 */
export type Claims<C extends object = Fields> = (idToken: Fields, userInfo: Fields) => C | Promise<C>;

/** How long a login waits for a hook, ms. */
export const HOOK_MS = 2000;
const FAILED = Symbol('a hook failed');

/** What an issuer said at a login. */
export interface Granted {
  readonly user: User;
  readonly idTokenClaims?: Fields;
  /** The session that is stepped up. */
  readonly stepsUp?: string;
}

export interface HookRunnerOptions {
  readonly hooks?: Hooks | undefined;
  readonly claims?: Claims<object> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Makes what calls the host app's hooks. A hook that throws, hangs or is slow costs no session and no second refresh:
 * a login waits for it for {@link HOOK_MS} at most, and nothing else waits for it at all.
 */
export function createHookRunner({ hooks = {}, claims, clock, log }: HookRunnerOptions) {
  /** Runs a hook within the bound; answers {@link FAILED} where it throws or is late. */
  async function run<T>(name: string, hook: () => T | Promise<T>): Promise<T | typeof FAILED> {
    const work = Promise.resolve()
      .then(hook)
      .catch((err: unknown) => {
        log.warn({ err, hook: name }, 'a hook of the host app failed');
        return FAILED as typeof FAILED;
      });
    const late = Symbol('late');
    const result = await within(clock, HOOK_MS, work, late);
    if (result !== late) return result as T | typeof FAILED;
    log.warn({ hook: name }, 'a hook of the host app did not finish in time');
    return FAILED;
  }

  const eventOf = ({ id, version, user }: SealedSession, newest = version): SessionEvent => ({
    sessionId: id,
    version: newest,
    user,
  });

  return {
    /**
     * Answers the user of a login with what the host app adds.
     *
     * @throws {ApiError} `login_refused`
     */
    async login({ user, idTokenClaims = {}, stepsUp }: Granted, requestId: string): Promise<User> {
      let known = user;
      const add = (fields: object | undefined) => (known = { ...known, ...fields, id: user.id });
      if (claims) {
        const picked = await run('claims', () => claims(idTokenClaims, { ...user }));
        if (picked !== FAILED) add(picked);
      }
      const { onLogin, onLoginFailure = 'allow' } = hooks;
      if (!onLogin) return known;
      const event = { user: known, requestId, ...(stepsUp === undefined ? {} : { stepsUp }) };
      const verdict = await run('onLogin', () => onLogin(event));
      const isRefused = verdict === FAILED ? onLoginFailure === 'refuse' : verdict && 'refuse' in verdict;
      if (isRefused) throw new ApiError('login_refused');
      if (verdict !== FAILED && verdict && 'user' in verdict) add(verdict.user);
      return known;
    },

    refreshed(seal: SealedSession, version: number): void {
      const { onRefresh } = hooks;
      if (onRefresh) void run('onRefresh', () => onRefresh(eventOf(seal, version)));
    },

    ended(seal: SealedSession, reason: string): void {
      const { onEnd } = hooks;
      if (onEnd) void run('onEnd', () => onEnd({ ...eventOf(seal), reason }));
    },
  };
}

export type HookRunner = ReturnType<typeof createHookRunner>;
