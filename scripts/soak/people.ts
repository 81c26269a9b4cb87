import axios, { type AxiosInstance } from 'axios';
import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { createReauth } from '../../interceptors/reauth.ts';
import type { ReauthEvent } from '../../interceptors/reauthEvents.ts';
import { createUserService } from '../../services/user.ts';
import type { Account } from '../../upstream/options.ts';
import { browserAdapter, Jar } from './jar.ts';
import type { Tally } from './tally.ts';

export interface PeopleOptions {
  readonly url: string;
  readonly count: number;
  readonly tabs: number;
  /** Mean time between two requests of one tab. */
  readonly thinkMs: number;
  /** Share of the connections that are cut while a request is under way, 0 to 1. */
  readonly cutShare: number;
  readonly tally: Tally;
}

/** The accounts of so many people. */
export function accountsOf(count: number): Account[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `user-${n}`,
    username: `person${n}`,
    password: `password-of-${n}`,
    name: `Person ${n}`,
  }));
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Sends people to work, each with several tabs over one cookie jar; answers what lets them stop. */
export function sendPeople({ url, count, tabs, thinkMs, cutShare, tally }: PeopleOptions) {
  const stop = new AbortController();
  // What they write is told apart from what they wrote another time.
  const turn = Date.now();
  // People who are signing in have steady connections: what is under test is how they stay signed in.
  let isCutting = false;
  const cut = () => (isCutting && Math.random() < cutShare ? Math.random() * 40 : null);

  const people = accountsOf(count).map(({ username, password }) => {
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
    const onEvent = (event: ReauthEvent) => tally.heard(event);
    const all = Array.from({ length: tabs }, () => {
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
    });
    return { username, password, all };
  });

  async function work(http: AxiosInstance, name: string): Promise<void> {
    for (let n = 0; !stop.signal.aborted; n += 1) {
      await wait(thinkMs * (0.5 + Math.random()), undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return;
      const isWrite = Math.random() < 0.25;
      const text = `${name}/${turn}-${n}`;
      await tally.request(isWrite ? text : null, () =>
        isWrite ? http.post('/api/upstream/notes', { text }) : http.get('/api/upstream/me'),
      );
    }
  }

  return {
    /** Signs everybody in, a few at a time. */
    async signIn(): Promise<void> {
      const left = [...people];
      const hand = async () => {
        for (let one = left.pop(); one; one = left.pop()) {
          const [first] = one.all;
          const info = await first?.user.login({ username: one.username, password: one.password });
          for (const { reauth } of one.all) reauth.loggedIn(info);
        }
      };
      await Promise.all(Array.from({ length: 8 }, hand));
    },

    /** Works until `stop`; resolves when everything that was sent has settled. */
    async work(): Promise<void> {
      isCutting = true;
      const loops = people.flatMap(({ username, all }) =>
        all.map(({ http }, tab) => work(http, `${username}/${tab}`)),
      );
      await Promise.all(loops);
      isCutting = false;
    },
    stop: () => stop.abort(),

    /** Lists what everybody has written, as the upstream knows it, and who is still signed in. */
    async review(): Promise<{ notes: Map<string, string[]>; signedIn: number }> {
      const notes = new Map<string, string[]>();
      let signedIn = 0;
      for (const { username, all } of people) {
        const [first] = all;
        const isIn = await first?.user.whoAmI().then(
          () => true,
          () => false,
        );
        if (isIn) signedIn += 1;
        const answer = await first?.http
          .get<{ notes: { text: string }[] }>('/api/upstream/notes')
          .catch(() => undefined);
        notes.set(username, answer?.data.notes.map(({ text }) => text) ?? []);
      }
      agent.destroy();
      return { notes, signedIn };
    },
  };
}
