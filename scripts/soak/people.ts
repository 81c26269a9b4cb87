import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Account } from '../../upstream/options.ts';
import { createPerson, type Tab } from './person.ts';
import { review } from './review.ts';
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

/** Sends people to work, each with several tabs over one cookie jar; answers what lets them stop. */
export function sendPeople({ url, count, tabs, thinkMs, cutShare, tally }: PeopleOptions) {
  const stop = new AbortController();
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  // Marks what they write in this run.
  const turn = Date.now();
  // People who are signing in have steady connections: what is under test is how they stay signed in.
  let isCutting = false;
  const cut = () => (isCutting && Math.random() < cutShare ? Math.random() * 40 : null);
  const people = accountsOf(count).map(({ username, password }) =>
    createPerson({ username, password, url, tabs, agent, cut, onEvent: tally.heard }),
  );

  async function work({ http }: Tab, name: string): Promise<void> {
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
    /** Logs all people in, a few at a time. */
    async signIn(): Promise<void> {
      const left = [...people];
      const hand = async () => {
        for (let one = left.pop(); one; one = left.pop()) {
          const info = await one.tabs[0].user.login({ username: one.username, password: one.password });
          for (const { reauth } of one.tabs) reauth.loggedIn(info);
        }
      };
      await Promise.all(Array.from({ length: 8 }, hand));
    },

    /** Works until `stop`; resolves when everything that was sent has settled. */
    async work(): Promise<void> {
      isCutting = true;
      const loops = people.flatMap((one) => one.tabs.map((tab, n) => work(tab, `${one.username}/${n}`)));
      await Promise.all(loops);
      isCutting = false;
    },
    stop: () => stop.abort(),

    /** Asks all people for what they have written, and whether they are still logged in. */
    review: () => review(people),

    /** Lets go of the connections. */
    leave: () => agent.destroy(),
  };
}
