import { createHash } from 'node:crypto';
import { readForm } from '../http/body.ts';
import { personKey, providerSession } from '../session/record.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import type { Exchange } from '../http/handler.ts';
import { readLogoutToken, type LogoutToken } from '../issuers/oidc/logoutToken.ts';

const RETRY_AFTER_MS = 1000;

/**
 * `POST /api/backchannel-logout`: the provider signs a session of its own, or a person, out here too.
 *
 * With a `sid` exactly the sessions that came of that one end, also one whose login is just being finished; with
 * a `sub` alone every session of that person. A token is good once.
 *
 * @throws {ApiError} `invalid_request` (also for a token that was played before), `upstream_unavailable` where
 * provider or store cannot be asked, `not_found` in password mode
 * @see OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8
 */
export async function backchannelLogout({ req, res, runtime, requestId }: Exchange): Promise<void> {
  const { oidc, settings, store, clock, log } = runtime;
  if (!oidc || !settings.oidc) throw new ApiError('not_found');
  const token = (await readForm(req)).getAll('logout_token');
  if (token.length !== 1 || !token[0]) throw new ApiError('invalid_request');
  const provider = await oidc.provider().catch(unavailable);
  const logout = await readLogoutToken(token[0], provider, settings.oidc.clientId, clock.now()).catch(
    (cause: unknown) => {
      throw new ApiError('invalid_request', { cause });
    },
  );

  // A lease that nobody gives back: whoever takes it first is the only one.
  const jti = createHash('sha256').update(logout.jti).digest('base64url');
  const first = await store.acquire(`jti:${jti}`, logout.validForMs).catch(unavailable);
  if (!first)
    throw new ApiError('invalid_request', { cause: new Error('The logout token was played again.') });
  await end(logout).catch(async (cause: unknown) => {
    await first.release().catch(() => undefined);
    return unavailable(cause);
  });
  log.info({ requestId, by: logout.sid === null ? 'person' : 'session' }, 'the provider signed out');
  res.writeHead(200, { 'Cache-Control': 'no-store' });
  res.end();

  async function end({ sid, sub }: LogoutToken): Promise<void> {
    if (sid !== null) await store.end(providerSession(sid), 'logout', settings.maxMs);
    // Above any count that was sealed, also where the store has lost its memory of it: the time always is.
    else if (sub !== null) await store.raiseEpoch(personKey(sub), clock.now(), settings.maxMs);
  }
}

function unavailable(cause: unknown): never {
  throw new ApiError('upstream_unavailable', { cause, headers: retryAfter(RETRY_AFTER_MS) });
}
