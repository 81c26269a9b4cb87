import type { AxiosInstance } from 'axios';
import type { NameSessionRequest, PersonSession, PersonSessions } from '../contract/sessions.ts';

const SESSIONS = '/api/sessions';

/** The person's living sessions, here and elsewhere. */
export function createSessionsService(http: AxiosInstance) {
  return {
    /** Lists them: the one that asks first, then those refreshed last. */
    async list(signal?: AbortSignal): Promise<readonly PersonSession[]> {
      return (await http.get<PersonSessions>(SESSIONS, signal && { signal })).data.sessions;
    },

    /** Names this session or another one; `null` takes the name away. Rejects with `404 not_found` where it has ended. */
    async name(id: string, name: string | null): Promise<void> {
      const body: NameSessionRequest = { name };
      await http.patch(`${SESSIONS}/${encodeURIComponent(id)}`, body);
    },

    /** Ends another one. Rejects with `404 not_found` where it has ended already. */
    async end(id: string): Promise<void> {
      await http.delete(`${SESSIONS}/${encodeURIComponent(id)}`);
    },
  };
}

/** The calls of {@link createSessionsService}. */
export type SessionsService = ReturnType<typeof createSessionsService>;
