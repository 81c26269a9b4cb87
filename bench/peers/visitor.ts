import axios from 'axios';
import { setTimeout as pause } from 'node:timers/promises';
import { HANGS_AFTER_MS } from './browser.ts';

export type Person = 'ada' | 'grace';

/** What became of one request of a person. */
export type Outcome =
  | { readonly kind: 'answered'; readonly who: string }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'lost' | 'hangs' };

export interface SessionView {
  /** `null` where no one is signed in. */
  readonly who: string | null;
  /** The error that the session carries, if the documentation says to log in again at it. */
  readonly error?: string | undefined;
}

/** A person in front of an app, as its pages let them act. */
export interface Visitor {
  login(person: Person): Promise<void>;
  logout(): Promise<void>;
  /** Asks the upstream, through the app, who they are. */
  call(): Promise<Outcome>;
  /** Whom the app's own session endpoint names, and whether the documented page would ask for another login. */
  session(): Promise<SessionView>;
  /** Their next request that refreshes loses its connection at this signal. */
  cutRefresh(signal: AbortSignal): void;
  /** A request of theirs that leaves late, with the cookies of now. */
  earlier(): Pick<Visitor, 'call'>;
  close(): void;
}

/** Names a person by the id that upstream and sessions give. */
export const personOf = (id: unknown): string => String(id).replace('user-', '');

/** Waits for an answer with a status, and calls what does not come in time a hang. */
export async function outcomeOf(
  request: Promise<{ status: number; data: { id?: string } }>,
): Promise<Outcome> {
  const answer = request.then(
    ({ status, data }): Outcome =>
      status === 200 ? { kind: 'answered', who: personOf(data.id) } : { kind: 'refused', status },
    (error: unknown): Outcome => {
      const { code, response } = axios.isAxiosError(error) ? error : {};
      if (response) return { kind: 'refused', status: response.status };
      return { kind: code === 'ECONNABORTED' ? 'hangs' : 'lost' };
    },
  );
  return Promise.race([answer, pause(HANGS_AFTER_MS, { kind: 'hangs' } as const, { ref: false })]);
}
