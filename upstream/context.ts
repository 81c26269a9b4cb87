import { setTimeout as wait } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { AccessTokens } from './accessTokens.ts';
import type { FaultBox } from './faults.ts';
import type { Hooks, Settings } from './options.ts';
import type { StatsBook } from './stats.ts';
import type { Tokens } from './tokens.ts';
import type { Users } from './users.ts';

/** What the routes of one running service share. */
export interface Context {
  readonly database: DatabaseSync;
  readonly settings: Settings;
  readonly faults: FaultBox;
  readonly stats: StatsBook;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly accessTokens: AccessTokens;
  readonly now: () => number;
  /** Whether login, refresh and logout answer 503. */
  readonly isIssuerDown: () => boolean;
  /** The hooks as they are at this moment. */
  readonly hooks: () => Hooks;
  /** Waits, but not beyond the closing of the service. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** Makes a `pause` that ends early, without an error, when `closing` is aborted. */
export function createPause(closing: AbortSignal): Context['pause'] {
  return async (milliseconds) => {
    if (milliseconds <= 0 || closing.aborted) return;
    await wait(milliseconds, undefined, { signal: closing }).catch(() => undefined);
  };
}
