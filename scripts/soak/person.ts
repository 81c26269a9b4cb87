import axios, { type AxiosInstance } from 'axios';
import type { Agent } from 'node:http';
import { createReauth } from '../../interceptors/reauth.ts';
import type { ReauthEvent } from '../../interceptors/reauthEvents.ts';
import type { Reauth } from '../../interceptors/reauthOptions.ts';
import { createUserService, type UserService } from '../../services/user.ts';
import { browserAdapter, Jar, type Cut } from './jar.ts';

/** One page of the app: its axios instance, and the engine that holds it up. */
export interface Tab {
  readonly http: AxiosInstance;
  readonly user: UserService;
  readonly reauth: Reauth;
}

/** A person with several tabs over one cookie jar. */
export interface Person {
  readonly username: string;
  readonly password: string;
  readonly tabs: readonly [Tab, ...Tab[]];
}

export interface PersonOptions extends Pick<Person, 'username' | 'password'> {
  readonly url: string;
  readonly tabs: number;
  readonly agent: Agent;
  readonly cut: Cut;
  readonly onEvent: (event: ReauthEvent) => void;
}

/** Gives a person a browser. */
export function createPerson({ username, password, url, tabs, agent, cut, onEvent }: PersonOptions): Person {
  const jar = new Jar();
  const queue = { last: Promise.resolve() as Promise<unknown> };
  // What Web Locks are to the tabs of one browser.
  const lock = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.last.then(work);
    queue.last = turn.catch(() => undefined);
    return turn;
  };
  const note = new Map<string, string>();
  const storage = {
    getItem: (key: string) => note.get(key) ?? null,
    setItem: (key: string, value: string) => void note.set(key, value),
  };
  const open = (): Tab => {
    const http = axios.create({
      baseURL: url,
      httpAgent: agent,
      adapter: browserAdapter(jar, cut),
      timeout: 60_000,
    });
    const user = createUserService(http);
    const reauth = createReauth({
      refresh: (call) => user.refresh(call),
      whoAmI: (call) => user.whoAmI(call),
      readHint: () => jar.hint,
      watchHint: (look) => jar.watch(look),
      lock,
      storage,
      onEvent,
    });
    reauth.attach(http);
    return { http, user, reauth };
  };
  return { username, password, tabs: [open(), ...Array.from({ length: tabs - 1 }, open)] };
}
