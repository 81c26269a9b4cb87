import type { IncomingMessage, ServerResponse } from 'node:http';
import * as client from 'openid-client';
import type { LoginProblem } from '../../contract/loginProblem.ts';
import { safeReturnTo } from '../../contract/returnTo.ts';
import type { LoginChecks } from '../issuers/oidc/client.ts';
import { failureOf } from '../issuers/oidc/errors.ts';
import { ApiError } from '../http/problem.ts';
import { requireHeader } from '../http/csrfGuard.ts';
import type { Exchange, Guard } from '../http/handler.ts';
import { sealTransaction } from '../issuers/oidc/transaction.ts';

/** `GET` is a navigation, which can set no header and changes nothing by itself; all else is guarded as ever. */
export const guardAllButNavigation: Guard = (req, appOrigin) => {
  if (req.method !== 'GET') requireHeader(req, appOrigin);
};

/** Sends the browser on; nothing of the address it comes from travels along. */
export function redirect(res: ServerResponse, location: string, cookies: readonly string[] = []): void {
  for (const cookie of cookies) res.appendHeader('Set-Cookie', cookie);
  res.writeHead(303, {
    Location: location,
    'Cache-Control': 'private, no-store',
    'Referrer-Policy': 'no-referrer',
  });
  res.end();
}

/** Where a login that came to nothing is explained. */
export function problemPage(problem: LoginProblem, returnTo?: string): string {
  const query = new URLSearchParams({ problem, ...(returnTo === undefined ? {} : { returnTo }) });
  return `/login?${query}`;
}

/**
 * `GET /api/login?returnTo=/x`: sends the browser to the provider, with a sealed transaction cookie.
 *
 * A prefetch must not start a login, and neither must another site (login CSRF): whoever comes from there is
 * shown our own login page, which goes on by itself where there is a session.
 *
 * @throws {ApiError} `method_not_allowed` in password mode
 * @see RFC 10017, RFC 9700 §2.1.1 (PKCE), OpenID Connect Core §3.1.2.1
 */
export async function beginLogin({ req, res, runtime, requestId }: Exchange): Promise<void> {
  const { oidc, settings, clock, log } = runtime;
  if (!oidc) throw new ApiError('method_not_allowed', { headers: { Allow: 'POST' } });
  if (isPrefetch(req)) return void res.writeHead(204, { 'Cache-Control': 'no-store' }).end();
  const returnTo = safeReturnTo(new URL(req.url ?? '', settings.appUrl.origin).searchParams.get('returnTo'));
  const site = req.headers['sec-fetch-site'] ?? 'none';
  if (site !== 'none' && site !== 'same-origin')
    return redirect(res, `/login?${new URLSearchParams({ returnTo })}`);
  const checks: LoginChecks = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    codeVerifier: client.randomPKCECodeVerifier(),
  };
  try {
    const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
    const url = await oidc.authorizationUrl(checks, { signal, requestId });
    redirect(res, url.href, [await sealTransaction(runtime, checks, returnTo)]);
  } catch (err) {
    log.error({ err, requestId }, 'a login could not be begun at the provider');
    const isOurs = failureOf(err, clock.now()).kind === 'client refused';
    redirect(res, problemPage(isOurs ? 'login_misconfigured' : 'provider_unavailable', returnTo));
  }
}

/** Tells whether nobody has clicked yet. @see Fetch, `Sec-Purpose` */
function isPrefetch({ headers }: IncomingMessage): boolean {
  const purposes = `${String(headers['sec-purpose'] ?? '')} ${String(headers['purpose'] ?? '')} ${String(headers['x-moz'] ?? '')}`;
  return (
    /\bprefetch\b|\bprerender\b|\bpreview\b/i.test(purposes) ||
    headers['next-router-prefetch'] !== undefined ||
    headers['x-middleware-prefetch'] !== undefined
  );
}
