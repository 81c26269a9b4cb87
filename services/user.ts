import type { AxiosInstance } from 'axios';
import { END_SESSION_HEADER, NO_IDENTITY, RESEAL_HEADER } from '../contract/headers.ts';
import type { LoginRequest, LogoutRequest, RefreshRequest, SessionInfo } from '../contract/user.ts';

/** What the engine passes to a refresh: the version that expired, and when to give up. */
export interface RefreshOrder {
  readonly staleVersion?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The session's own resource. None of these calls is ever queued behind a refresh: they are what a
 * refresh is made of, or what must not wait for one.
 */
export function createUserService(http: AxiosInstance) {
  const unqueued = (identity = NO_IDENTITY) => ({
    reauth: false as const,
    headers: { [RESEAL_HEADER]: identity },
  });

  return {
    /** Asks who is signed in. Never refreshes. Rejects with `401 no_session` or `session_ended`. */
    async whoAmI({ signal }: { signal?: AbortSignal } = {}): Promise<SessionInfo> {
      const answer = await http.get<SessionInfo>('/api/user', { ...unqueued(), ...(signal && { signal }) });
      return answer.data;
    },

    /** Refreshes the tokens and reseals; answers at once where the session is already past `staleVersion`. */
    async refresh({ staleVersion, signal }: RefreshOrder = {}): Promise<SessionInfo> {
      const body: RefreshRequest = staleVersion === undefined ? {} : { staleVersion };
      const answer = await http.post<SessionInfo>('/api/user', body, {
        ...unqueued(),
        ...(signal && { signal }),
      });
      return answer.data;
    },

    /** Logs in with name and password; ends the session that the cookie jar held. */
    async login(credentials: LoginRequest): Promise<SessionInfo> {
      const answer = await http.post<SessionInfo>('/api/login', credentials, unqueued());
      return answer.data;
    },

    /**
     * Ends the session `sessionId`, so that a click meant for one person never logs out another.
     *
     * @returns where the provider ends its own session, `null` where there is nothing to end
     */
    async logout({ everywhere, sessionId }: LogoutRequest & { sessionId?: string | undefined } = {}) {
      const body: LogoutRequest = everywhere ? { everywhere } : {};
      const { headers } = await http.post('/api/logout', body, unqueued(sessionId));
      const url: unknown = headers[END_SESSION_HEADER.toLowerCase()];
      return typeof url === 'string' && /^https?:\/\//.test(url) ? url : null;
    },
  };
}

/** The calls of {@link createUserService}. */
export type UserService = ReturnType<typeof createUserService>;
