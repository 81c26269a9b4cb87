import type { LoginProblem } from '../../contract/loginProblem.ts';
import { createReturnTo } from '../../contract/returnTo.ts';
import type { Clock } from '../clock.ts';
import type { Handler, Reply } from '../http/exchange.ts';
import { readForm } from '../http/body.ts';
import { isApiError } from '../http/problem.ts';
import type { OriginOf } from '../http/origins.ts';
import { redirect } from '../http/redirect.ts';
import type { OidcIssuer } from '../issuers/oidc/client.ts';
import { openTransaction, spendTransaction } from '../issuers/oidc/transaction.ts';
import type { Log } from '../ops/log.ts';
import type { Cooldown } from '../refresh/cooldown.ts';
import { ourError } from '../resealError.ts';
import type { StartSession } from '../session/start.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Leases } from '../store/contracts.ts';
import { problemPage } from './beginLogin.ts';

/** What to try, for the operator who reads the log: no session outlives its access token without a refresh token. */
const NO_REFRESH_TOKEN =
  'the provider gave no refresh token; settings that often help: OIDC_PROMPT=consent, OIDC_SCOPE with offline_access, OIDC_PARAMS=access_type=offline (Google)';

/** Marks that the answer has come through our own page. */
const HOP = 'reseal_hop';

export interface FinishLoginOptions {
  readonly oidc: OidcIssuer;
  readonly originOf: OriginOf;
  readonly cooldown: Pick<Cooldown, 'loginGranted'>;
  readonly leases: Leases;
  readonly startSession: StartSession;
  readonly settings: Pick<
    Settings,
    | 'appUrl'
    | 'keyring'
    | 'cookieName'
    | 'refreshTimeoutMs'
    | 'basePath'
    | 'loginPage'
    | 'startPage'
    | 'locales'
  >;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * `GET /api/callback`: finishes a login, and explains on `/login` why where it cannot.
 *
 * The browser sends it twice. It arrives from another site first and brings no Strict cookie; a page of ours sends it
 * here again, so that the session which the cookie jar holds is seen and ended, and the guarded page after it sees the
 * new one.
 *
 * @see RFC 10017 (Strict cookies and the return trip), RFC 9207 (iss), RFC 9700 §4.4 (mix-up)
 */
export function createFinishLogin(options: FinishLoginOptions): Handler {
  const { oidc, originOf, cooldown, leases, startSession, settings, clock, log } = options;
  const context = { settings, clock };
  const safeReturnTo = createReturnTo(settings);
  return async (exchange) => {
    const { headers, target, requestId } = exchange;
    const url = new URL(settings.basePath + target, originOf(exchange).origin);
    if (!url.searchParams.has(HOP)) return hop(url.searchParams, settings.basePath);
    url.searchParams.delete(HOP);

    const opened = await openTransaction(context, headers.cookie, url.searchParams.getAll('state').join());
    const fail = (
      problem: LoginProblem,
      err: unknown,
      returnTo?: string,
      cookies: readonly string[] = [],
    ) => {
      log.warn({ err, requestId, problem }, 'login failed');
      return redirect(problemPage(settings, problem, returnTo), cookies);
    };
    if (!opened) return fail('login_expired', undefined);
    // An answer to another login leaves the ones that are under way as they are.
    if ('mismatch' in opened) return fail('login_mismatch', undefined, opened.mismatch.returnTo);

    const { transaction, clear } = opened;
    const { returnTo } = transaction;
    try {
      if (!(await spendTransaction(leases, transaction)))
        return fail('login_expired', ourError('The login was finished before.'), returnTo, [clear]);
    } catch (err) {
      // A login needs the store in any case. The transaction is kept: the same callback can be sent again.
      return fail('provider_unavailable', err, returnTo);
    }
    const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
    const sentAtMs = clock.now();
    const answer = await oidc.exchange(url, transaction, { signal, requestId });
    if (answer.kind === 'failed') return fail(answer.problem, answer.cause, returnTo, [clear]);
    void cooldown.loginGranted(sentAtMs);
    const { userInfoError } = answer;
    if (userInfoError !== undefined)
      log.warn(
        { err: userInfoError, requestId },
        'UserInfo could not be read: claims of the user may be missing',
      );
    if (answer.pair.refreshToken === null) log.warn({ requestId }, NO_REFRESH_TOKEN);
    try {
      const { cookies } = await startSession(exchange, answer);
      return redirect(safeReturnTo(transaction.returnTo), [...cookies, clear]);
    } catch (err) {
      const code = isApiError(err) ? err.code : null;
      if (code === 'login_refused') return fail('login_denied', err, returnTo, [clear]);
      const problem = code === 'session_too_large' ? 'login_too_large' : 'provider_unavailable';
      return fail(problem, err, returnTo, [clear]);
    }
  };
}

/**
 * `POST /api/callback`: takes an answer that the provider has the browser post (`response_mode=form_post`).
 *
 * A post from another site brings no cookie at all, so the answer goes on as the navigation that `GET` takes.
 *
 * @throws {ApiError} `payload_too_large`, `unsupported_media_type`
 * @see OAuth 2.0 Form Post Response Mode
 */
export function createTakePostedAnswer({ settings }: Pick<FinishLoginOptions, 'settings'>): Handler {
  return async (exchange) => {
    const answer = new URLSearchParams();
    for (const [name, value] of await readForm(exchange)) if (name !== HOP) answer.append(name, value);
    return hop(answer, settings.basePath);
  };
}

/** A page that only sends the browser here again, from our own origin. */
function hop(answer: URLSearchParams, basePath: string): Reply {
  const query = new URLSearchParams(answer);
  query.set(HOP, '1');
  // URLSearchParams leaves no character that HTML could read as markup but the ampersand.
  const target = `${basePath}/api/callback?${query}`.replaceAll('&', '&amp;');
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'private, no-store',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'Referrer-Policy': 'no-referrer',
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Logging in</title><meta http-equiv="refresh" content="0;url=${target}"></head><body><a href="${target}">Continue</a></body></html>`,
  };
}
