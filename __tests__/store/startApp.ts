import { waitFor } from '@testing-library/dom';
import type { SessionInfo } from '../../contract/user.ts';
import type { TabStorage } from '../../services/tabStorage.ts';
import { createApp, type App, type AppOptions } from '../../store/demo/createApp.ts';
import { upstream } from '../../store/demo/upstream.ts';
import { Backend } from './backend.ts';

/** An app that serves, before a backend of its own, with a hint that moves when the test says so. */
export interface TestApp extends App {
  readonly backend: Backend;
  readonly auth: () => ReturnType<App['store']['getState']>['auth'];
  /** Lets the engine look at the hint, as the cookie's change event would. */
  readonly hintMoves: () => void;
  readonly leave: () => void;
}

export interface TestAppOptions extends Omit<AppOptions, 'http'> {
  readonly backend?: Backend;
}

/** A tabStorage that can be handed to the next page of the same tab. */
export function createMemoryStorage(): TabStorage {
  let kept: string | null = null;
  return { read: () => kept, write: (text) => void (kept = text) };
}

/** Sets the app; `as` is who is logged in and known to the page from its first byte. */
export function startApp({ backend = new Backend(), ...options }: TestAppOptions = {}): TestApp {
  const looks = new Set<() => boolean>();
  const note = new Map<string, string>();
  const tabStorage = createMemoryStorage();
  const app = createApp({
    tabStorage,
    ...options,
    http: { adapter: backend.adapter },
    reauth: {
      readHint: () => backend.hint(),
      watchHint: (look) => {
        looks.add(look);
        return () => looks.delete(look);
      },
      random: () => 0,
      storage: {
        getItem: (key) => note.get(key) ?? null,
        setItem: (key, value) => void note.set(key, value),
      },
      ...options.reauth,
    },
  });
  app.store.add(upstream);
  return {
    ...app,
    backend,
    auth: () => app.store.getState().auth,
    hintMoves: () => looks.forEach((look) => look()),
    leave: app.start(),
  };
}

/** A app on which a person is signed in, preloaded as on a guarded page. */
export function startSignedInApp(username: 'ada' | 'grace' = 'ada', options: TestAppOptions = {}): TestApp {
  const backend = options.backend ?? new Backend();
  const session: SessionInfo = backend.login(username);
  return startApp({ ...options, backend, session });
}

/** Waits until something is so. */
export async function until(holds: () => boolean): Promise<void> {
  await waitFor(
    () => {
      if (!holds()) throw new Error(`not yet: ${holds.toString()}`);
    },
    { interval: 1 },
  );
}
