import type { SessionInfo } from '../../contract/user.ts';
import type { SessionCookies } from './cookies.ts';
import type { Sessions } from './resolve.ts';

/** Answers the live session that a `Cookie` header brings; `null` where there is none. */
export type GetSession = (cookieHeader: string | undefined) => Promise<SessionInfo | null>;

/** Makes what reads a session for the server's own code: it calls neither issuer nor upstream, and writes no cookie. */
export function createGetSession(parts: { cookies: SessionCookies; sessions: Sessions }): GetSession {
  const { cookies, sessions } = parts;
  return async (cookieHeader) => {
    const seal = await cookies.open(cookieHeader);
    if (!seal) return null;
    const session = await sessions.read(seal);
    return session.kind === 'live' ? sessions.describe(session) : null;
  };
}
