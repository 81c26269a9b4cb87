import { z } from 'zod';
import { END_SESSION_HEADER } from '../../contract/headers.ts';
import { within, type Clock } from '../clock.ts';
import { readJson } from '../http/body.ts';
import { requireIdentity } from '../http/csrfGuard.ts';
import type { Handler } from '../http/exchange.ts';
import type { OriginOf } from '../http/origins.ts';
import { noContent } from '../http/problem.ts';
import type { OidcIssuer } from '../issuers/oidc/client.ts';
import type { SessionCookies } from '../session/cookies.ts';
import type { EndSession } from '../session/end.ts';
import type { Sessions } from '../session/resolve.ts';

/** How long a logout waits for the provider's logout address: a provider that is down must not hold it up. */
const PROVIDER_WAIT_MS = 1000;

const scope = z.object({ everywhere: z.boolean().optional() });

export interface LogoutOptions {
  readonly cookies: SessionCookies;
  readonly sessions: Sessions;
  readonly endSession: EndSession;
  /** `null` in password mode. */
  readonly oidc: OidcIssuer | null;
  readonly originOf: OriginOf;
  readonly clock: Clock;
}

/**
 * `POST /api/logout`: ends the session and clears its cookies, whatever state it is in; idempotent.
 *
 * Throws `invalid_request`, `session_changed`.
 */
export function createLogout(options: LogoutOptions): Handler {
  const { cookies, sessions, endSession, oidc, originOf, clock } = options;
  return async (exchange) => {
    const { headers, requestId } = exchange;
    const { everywhere = false } = await readJson(exchange, scope);
    const seal = await cookies.open(headers.cookie);
    if (seal) {
      requireIdentity(exchange, seal.id);
      const found = await sessions.read(seal);
      // A cookie whose session has ended must not log its person out everywhere.
      await endSession(seal, 'logout', { everywhere: everywhere && found.kind === 'live', requestId });
    }
    const cleared = await cookies.clear(headers.cookie);
    // Where the browser goes next, if the provider is to end its own session too.
    const asked =
      oidc?.endSessionUrl(originOf(exchange).origin, seal?.idToken).catch(() => null) ??
      Promise.resolve(null);
    const endSessionUrl = await within(clock, PROVIDER_WAIT_MS, asked, null);
    return noContent(cleared, endSessionUrl ? { [END_SESSION_HEADER]: endSessionUrl.href } : {});
  };
}
