import axios from 'axios';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal } from '../../interceptors/outcome.ts';
import type { Person } from './person.ts';

/** Above the longest window in which an engine that got "not now" makes no call. */
const PATIENCE_MS = 90_000;
const ASK_AGAIN_MS = 250;

export interface Review {
  /** What each person has written, as the upstream knows it; only of those whose list could be read. */
  readonly notes: ReadonlyMap<string, readonly string[]>;
  readonly signedIn: number;
  /** Whose list could not be read, with the reason: nothing is known of what they wrote. */
  readonly unread: Readonly<Record<string, string>>;
}

/** Asks all people for their notes and whether they are logged in; after "not now" asks again, within a bound. */
export async function review(people: readonly Person[]): Promise<Review> {
  const endAtMs = Date.now() + PATIENCE_MS;
  const notes = new Map<string, readonly string[]>();
  const unread: Record<string, string> = {};
  let signedIn = 0;
  for (const { username, tabs } of people) {
    const [{ user, http }] = tabs;
    try {
      await insist(() => user.whoAmI(), endAtMs);
      signedIn += 1;
      const { data } = await insist(
        () => http.get<{ notes: { text: string }[] }>('/api/upstream/notes'),
        endAtMs,
      );
      notes.set(
        username,
        data.notes.map(({ text }) => text),
      );
    } catch (error) {
      unread[username] = String(axios.isAxiosError(error) ? (error.code ?? error.message) : error);
    }
  }
  return { notes, signedIn, unread };
}

/** Asks until there is an answer, unless only a new login could help. */
async function insist<T>(ask: () => Promise<T>, endAtMs: number): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isOver = axios.isAxiosError(error) && (error.code === 'ERR_SESSION_ENDED' || isFinal(error));
      if (isOver || Date.now() > endAtMs) throw error;
      await wait(ASK_AGAIN_MS);
    }
  }
}
