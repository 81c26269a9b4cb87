import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { readForm } from '../http/body.ts';
import type { Handler } from '../http/exchange.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import type { OidcIssuer } from '../issuers/oidc/client.ts';
import { readLogoutToken, type LogoutToken } from '../issuers/oidc/logoutToken.ts';
import { audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import { ourError } from '../resealError.ts';
import { personKey, providerSession } from '../session/record.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Leases, SessionRecords } from '../store/contracts.ts';

const RETRY_AFTER_MS = 1000;

export interface BackchannelLogoutOptions {
  readonly oidc: OidcIssuer;
  readonly clientId: string;
  readonly store: SessionRecords & Leases;
  readonly settings: Pick<Settings, 'maxMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * `POST /api/backchannel-logout`: the provider ends a session of its own, or all of a person's, here too.
 *
 * With a `sid` exactly the sessions that came of that one end, also one whose login is just being finished; with
 * a `sub` alone every session of that person. A token is good once.
 *
 * Throws `invalid_request` (also for a token that was sent before) and `upstream_unavailable` where the provider or the
 * store cannot be asked.
 *
 * @see OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8
 */
export function createBackchannelLogout(options: BackchannelLogoutOptions): Handler {
  const { oidc, clientId, store, settings, clock, log } = options;

  async function read(token: string): Promise<LogoutToken> {
    const provider = await oidc.provider().catch(unavailable);
    return readLogoutToken(token, provider, clientId, clock.now()).catch((cause: unknown) => {
      throw new ApiError('invalid_request', { cause });
    });
  }

  async function end({ sid, sub }: LogoutToken): Promise<void> {
    if (sid !== null) await store.end(providerSession(sid), 'logout', settings.maxMs);
    // Above any count that was sealed, also where the store has lost its memory of it: the time always is.
    else if (sub !== null) await store.raiseEpoch(personKey(sub), clock.now(), settings.maxMs);
  }

  return async (exchange) => {
    const tokens = (await readForm(exchange)).getAll('logout_token');
    if (tokens.length !== 1 || !tokens[0]) throw new ApiError('invalid_request');
    const logout = await read(tokens[0]);
    // A lease that is never released: only the first caller gets it.
    const jti = createHash('sha256').update(logout.jti).digest('base64url');
    const first = await store.acquire(`jti:${jti}`, logout.validForMs).catch(unavailable);
    if (!first)
      throw new ApiError('invalid_request', { cause: ourError('The logout token was sent before.') });
    await end(logout).catch(async (cause: unknown) => {
      await first.release().catch(() => undefined);
      return unavailable(cause);
    });
    const { requestId } = exchange;
    const whose =
      logout.sid === null
        ? { person: personKey(logout.sub ?? '') }
        : { session: providerSession(logout.sid) };
    audit(log, { event: 'session_ended', by: 'provider', reason: 'logout', ...whose, requestId });
    log.info({ requestId, by: logout.sid === null ? 'person' : 'session' }, 'logged out by the provider');
    return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: null };
  };
}

function unavailable(cause: unknown): never {
  throw new ApiError('upstream_unavailable', { cause, headers: retryAfter(RETRY_AFTER_MS) });
}
