import type { Clock } from '../clock.ts';
import type { LimiterOf } from '../http/loginThrottle.ts';
import type { StoreSettings } from '../settings/fromEnv.ts';
import type { SessionStore } from './contracts.ts';
import { redisLimiter } from './redis/limiter.ts';
import { connectRedis } from './redis/link.ts';
import { redisStore } from './redis/store.ts';
import { sqliteTables } from './sqlite/tables.ts';
import type { StoreWatch } from './storeHealth.ts';
import { memoryStore, tableStore } from './tableStore.ts';

/** A store, and what counts failed logins beside it; without one, each process counts for itself. */
export interface OpenStore {
  readonly store: SessionStore;
  readonly limiterOf?: LimiterOf;
}

/**
 * Opens the store that the settings name.
 *
 * @throws {StoreFileError} where the session file cannot be used; a Redis that is not there throws nothing
 */
export function openStore(settings: StoreSettings, clock: Clock, watch: StoreWatch): OpenStore {
  switch (settings.kind) {
    case 'memory':
      return { store: memoryStore(clock) };
    case 'sqlite':
      return { store: tableStore(sqliteTables(settings.dir, clock, watch), clock) };
    case 'redis': {
      const link = connectRedis(settings, watch);
      return { store: redisStore(link, clock), limiterOf: redisLimiter(link) };
    }
    default:
      return settings satisfies never;
  }
}
