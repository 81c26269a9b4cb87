import type { LoginProblem } from '../../contract/loginProblem.ts';
import { createReturnTo } from '../../contract/returnTo.ts';
import type { Clock } from '../clock.ts';
import type { Exchange, Handler, Reply } from '../http/exchange.ts';
import { readForm } from '../http/body.ts';
import { isApiError } from '../http/problem.ts';
import type { OriginOf } from '../http/origins.ts';
import { redirect } from '../http/redirect.ts';
import type { OidcIssuer } from '../issuers/oidc/client.ts';
import { openTransaction, spendTransaction, type Transaction } from '../issuers/oidc/transaction.ts';
import type { Log } from '../ops/log.ts';
import type { Cooldown } from '../refresh/cooldown.ts';
import { ourError } from '../resealError.ts';
import type { GrantedLogin, StartSession } from '../session/start.ts';
import type { StepUp } from '../session/stepUp.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Leases } from '../store/contracts.ts';
import { failurePage, problemPage } from './beginLogin.ts';

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
  readonly stepUp: StepUp;
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
  const { oidc, originOf, cooldown, leases, startSession, stepUp, settings, clock, log } = options;
  const context = { settings, clock };
  const safeReturnTo = createReturnTo(settings);

  /** Starts a session, or steps one up: the `Set-Cookie` values, or a problem without any. */
  async function conclude(
    exchange: Exchange,
    transaction: Transaction,
    granted: GrantedLogin,
  ): Promise<Concluded> {
    if (transaction.stepUp === undefined) return startSession(exchange, granted);
    const result = await stepUp(exchange, transaction.stepUp, granted);
    return result.kind === 'stepped up' ? result : { problem: 'step_up_mismatch', cause: result.cause };
  }

  return async (exchange) => {
    const { headers, target, requestId } = exchange;
    const url = new URL(settings.basePath + target, originOf(exchange).origin);
    if (!url.searchParams.has(HOP)) return hop(url.searchParams, settings.basePath);
    url.searchParams.delete(HOP);

    const opened = await openTransaction(context, headers.cookie, url.searchParams.getAll('state').join());
    const explain = (problem: LoginProblem, err: unknown, page: string, cookies: readonly string[] = []) => {
      log.warn({ err, requestId, problem }, 'login failed');
      return redirect(page, cookies);
    };
    if (!opened) return explain('login_expired', undefined, problemPage(settings, 'login_expired'));
    // An answer to another login leaves the ones that are under way as they are.
    if ('mismatch' in opened)
      return explain('login_mismatch', undefined, failurePage(settings, 'login_mismatch', opened.mismatch));

    const { transaction, clear } = opened;
    const fail = (problem: LoginProblem, err: unknown, cookies: readonly string[] = [clear]) =>
      explain(problem, err, failurePage(settings, problem, transaction), cookies);
    try {
      if (!(await spendTransaction(leases, transaction)))
        return fail('login_expired', ourError('The login was finished before.'));
    } catch (err) {
      // A login needs the store in any case. The transaction is kept: the same callback can be sent again.
      return fail('provider_unavailable', err, []);
    }
    const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
    const sentAtMs = clock.now();
    const answer = await oidc.exchange(url, asBegun(transaction, sentAtMs), { signal, requestId });
    if (answer.kind === 'failed') return fail(answer.problem, answer.cause);
    void cooldown.loginGranted(sentAtMs);
    const { userInfoError } = answer;
    if (userInfoError !== undefined)
      log.warn(
        { err: userInfoError, requestId },
        'UserInfo could not be read: claims of the user may be missing',
      );
    if (answer.pair.refreshToken === null) log.warn({ requestId }, NO_REFRESH_TOKEN);
    try {
      const concluded = await conclude(exchange, transaction, answer);
      if ('problem' in concluded) return fail(concluded.problem, concluded.cause);
      return redirect(safeReturnTo(transaction.returnTo), [...concluded.cookies, clear]);
    } catch (err) {
      const code = isApiError(err) ? err.code : null;
      if (code === 'login_refused') return fail('login_denied', err);
      return fail(code === 'session_too_large' ? 'login_too_large' : 'provider_unavailable', err);
    }
  };
}

type Concluded =
  { readonly cookies: readonly string[] } | { readonly problem: LoginProblem; readonly cause: Error };

/**
 * The checks as they stood when the login was begun: a person who is asked to log in now (`max_age=0`) may take a while
 * on the provider's next page.
 *
 * @see OpenID Connect Core §3.1.2.1 (max_age)
 */
function asBegun(transaction: Transaction, nowMs: number): Transaction {
  const { maxAge, startedAtMs } = transaction;
  if (maxAge === undefined) return transaction;
  return { ...transaction, maxAge: maxAge + Math.max(0, Math.ceil((nowMs - startedAtMs) / 1000)) };
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
