import type { Clock } from '../clock.ts';
import type { LimiterOf } from '../http/loginThrottle.ts';
import type { StoreSettings } from '../settings/fromEnv.ts';
import type { SessionStore } from './contracts.ts';
import { peopleIn, peopleInRedis, type People } from './people.ts';
import { redisLimiter } from './redis/limiter.ts';
import { connectRedis } from './redis/link.ts';
import { LISTS, redisStore } from './redis/store.ts';
import { sqliteTables } from './sqlite/tables.ts';
import type { StoreWatch } from './storeHealth.ts';
import { memoryStore, tableStore } from './tableStore.ts';

/** A store, what counts failed logins beside it (otherwise each process counts for itself), and who is listed in it. */
export interface OpenStore {
  readonly store: SessionStore;
  readonly limiterOf?: LimiterOf;
  readonly people?: People;
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
    case 'sqlite': {
      const tables = sqliteTables(settings.dir, clock, watch);
      return { store: tableStore(tables, clock), people: peopleIn(tables) };
    }
    case 'redis': {
      const link = connectRedis(settings, watch);
      const people = peopleInRedis(link, LISTS);
      return { store: redisStore(link, clock), limiterOf: redisLimiter(link), people };
    }
    default:
      return settings satisfies never;
  }
}
