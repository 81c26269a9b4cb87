import * as client from 'openid-client';
import type { LoginProblem } from '../../contract/loginProblem.ts';
import { createReturnTo } from '../../contract/returnTo.ts';
import type { Clock } from '../clock.ts';
import { requireHeader, type Guard } from '../http/csrfGuard.ts';
import type { Exchange, Handler } from '../http/exchange.ts';
import type { OriginOf } from '../http/origins.ts';
import { redirect } from '../http/redirect.ts';
import type { OidcIssuer } from '../issuers/oidc/client.ts';
import { failureOf } from '../issuers/oidc/errors.ts';
import { readLoginParams, readStepUpParams } from '../issuers/oidc/loginParams.ts';
import { sealTransaction } from '../issuers/oidc/transaction.ts';
import type { Log } from '../ops/log.ts';
import type { SessionCookies } from '../session/cookies.ts';
import type { Settings } from '../settings/fromEnv.ts';

/** `GET` is a navigation, which can set no header and changes nothing by itself; other methods need the header. */
export const guardAllButNavigation: Guard = (request, appOrigin) => {
  if (request.method !== 'GET') requireHeader(request, appOrigin);
};

/** The address of the page that explains why a login failed. */
export function problemPage(
  { basePath, loginPage }: Pick<Settings, 'basePath' | 'loginPage'>,
  problem: LoginProblem,
  returnTo?: string,
): string {
  const query = new URLSearchParams({ problem, ...(returnTo === undefined ? {} : { returnTo }) });
  return `${basePath}${loginPage}?${query}`;
}

/**
 * The address that says why a login failed: of the page that asked for it where it was to step a session up, which goes on
 * without it; else of the login page.
 */
export function failurePage(
  settings: Pick<Settings, 'basePath' | 'loginPage'>,
  problem: LoginProblem,
  { returnTo, stepUp }: { readonly returnTo: string; readonly stepUp?: string | undefined },
): string {
  if (stepUp === undefined) return problemPage(settings, problem, returnTo);
  const url = new URL(returnTo, 'http://reseal.invalid');
  url.searchParams.set('problem', problem);
  return url.pathname + url.search + url.hash;
}

export interface BeginLoginOptions {
  readonly oidc: OidcIssuer;
  readonly cookies: Pick<SessionCookies, 'open'>;
  readonly originOf: OriginOf;
  readonly settings: Pick<
    Settings,
    | 'appUrl'
    | 'keyring'
    | 'cookieName'
    | 'refreshTimeoutMs'
    | 'oidc'
    | 'basePath'
    | 'loginPage'
    | 'startPage'
    | 'locales'
  >;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * `GET /api/login?returnTo=/x`: sends the browser to the provider, with a sealed transaction cookie. Parameters that
 * the settings allow (`prompt`, `login_hint`, …) are passed on; `signup` asks for the provider's sign-up page. With
 * `stepUp=<session id>` the login gives newer tokens to that session, which this browser must hold.
 *
 * Neither a prefetch nor another site may start a login (login CSRF): a browser that comes from there is shown our own
 * login page, which goes on by itself where there is a session.
 *
 * @see RFC 10017, RFC 9700 §2.1.1 (PKCE), OpenID Connect Core §3.1.2.1, RFC 9470 §4
 */
export function createBeginLogin(options: BeginLoginOptions): Handler {
  const { oidc, cookies, originOf, settings, clock, log } = options;
  const safeReturnTo = createReturnTo(settings);
  return async (exchange) => {
    const { headers, target, requestId } = exchange;
    if (isPrefetch(exchange)) return { status: 204, headers: { 'Cache-Control': 'no-store' }, body: null };
    const { origin } = originOf(exchange);
    const { searchParams } = new URL(target, origin);
    const returnTo = safeReturnTo(searchParams.get('returnTo'));
    const site = headers['sec-fetch-site'] ?? 'none';
    if (site !== 'none' && site !== 'same-origin')
      return redirect(`${settings.basePath}${settings.loginPage}?${new URLSearchParams({ returnTo })}`);
    const stepUp = searchParams.get('stepUp') ?? undefined;
    const failed = (problem: LoginProblem) => redirect(failurePage(settings, problem, { returnTo, stepUp }));
    if (stepUp !== undefined && (await cookies.open(headers.cookie))?.id !== stepUp)
      return failed('step_up_mismatch');
    const { params, maxAge } =
      stepUp === undefined ? readLoginParams(settings.oidc, searchParams) : readStepUpParams(searchParams);
    const checks = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      codeVerifier: client.randomPKCECodeVerifier(),
      ...(maxAge === undefined ? {} : { maxAge }),
      ...(stepUp === undefined ? {} : { stepUp }),
    };
    try {
      const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
      const url = await oidc.authorizationUrl(checks, { signal, requestId, origin }, params);
      return redirect(url.href, await sealTransaction({ settings, clock }, checks, returnTo, headers.cookie));
    } catch (err) {
      log.error({ err, requestId }, 'a login could not be started at the provider');
      const isOurs = failureOf(err, clock.now()).kind === 'client refused';
      return failed(isOurs ? 'login_misconfigured' : 'provider_unavailable');
    }
  };
}

/** Tells whether the browser only prefetches: the person has not clicked yet. @see Fetch, `Sec-Purpose` */
function isPrefetch({ headers }: Exchange): boolean {
  const purposes = [headers['sec-purpose'], headers['purpose'], headers['x-moz']].map(String).join(' ');
  return (
    /\bprefetch\b|\bprerender\b|\bpreview\b/i.test(purposes) ||
    headers['next-router-prefetch'] !== undefined ||
    headers['x-middleware-prefetch'] !== undefined
  );
}
