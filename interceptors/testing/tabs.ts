import axios, { type AxiosInstance, type CreateAxiosDefaults } from 'axios';
import { createReauth } from '../reauth.ts';
import type { ReauthEvent } from '../reauthEvents.ts';
import type { Reauth, ReauthOptions } from '../reauthOptions.ts';
import type { TabLock } from '../tabLock.ts';
import { createBackend, type Backend } from './backend.ts';
import { createFakeClock, type FakeClock } from './fakeClock.ts';

export { deferred, settled } from './deferred.ts';

/** One tab: an axios instance, its engine, and the events of the engine. */
export interface Tab {
  readonly http: AxiosInstance;
  readonly reauth: Reauth;
  readonly events: ReauthEvent[];
  /** Sends a request; answers how it settled: `'200'`, or the error's code. */
  send(url: string, config?: Parameters<AxiosInstance['get']>[1]): Promise<string>;
}

/** What `createTabs` creates. */
export interface FakeTabs {
  readonly backend: Backend;
  readonly clock: FakeClock;
  readonly tabs: readonly Tab[];
}

/** Creates a lock for several engines, first come first served: Web Locks in one process. */
export function createSharedLock(): TabLock {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

/** Creates a `localStorage` for several engines. */
export function createSharedNote(): Pick<Storage, 'getItem' | 'setItem'> {
  const notes = new Map<string, string>();
  return { getItem: (key) => notes.get(key) ?? null, setItem: (key, note) => void notes.set(key, note) };
}

/**
 * Creates `count` tabs of one browser in one process: one jar, one lock, one storage, one clock that stands still.
 *
 * `options` overrides the options of each engine, `defaults` the defaults of each axios instance.
 */
export function createTabs(
  count = 1,
  options: Partial<ReauthOptions> = {},
  defaults: CreateAxiosDefaults = {},
  backend: Backend = createBackend(),
): FakeTabs {
  const clock = createFakeClock();
  const lock = createSharedLock();
  const storage = createSharedNote();
  const tabs = Array.from({ length: count }, (): Tab => {
    const events: ReauthEvent[] = [];
    const http = axios.create({ adapter: backend.adapter, ...defaults });
    const reauth = createReauth({
      refresh: backend.refresh,
      whoAmI: backend.whoAmI,
      readHint: backend.readHint,
      watchHint(look) {
        backend.watchers.add(look);
        return () => void backend.watchers.delete(look);
      },
      onEvent: (event) => void events.push(event),
      lock,
      clock,
      storage,
      random: () => 1,
      ...options,
    });
    reauth.attach(http);
    return {
      http,
      reauth,
      events,
      send: (url, config) =>
        http.get(url, config).then(
          ({ status }) => String(status),
          (error: { code?: string }) => String(error.code),
        ),
    };
  });
  return { backend, clock, tabs };
}
