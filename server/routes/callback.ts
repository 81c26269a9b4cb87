import { timingSafeEqual } from 'node:crypto';
import type { LoginProblem } from '../../contract/loginProblem.ts';
import { safeReturnTo } from '../../contract/returnTo.ts';
import type { Clock } from '../clock.ts';
import type { Handler, Reply } from '../http/exchange.ts';
import { isApiError } from '../http/problem.ts';
import { redirect } from '../http/redirect.ts';
import type { OidcIssuer } from '../issuers/oidc/client.ts';
import {
  clearTransaction,
  openTransaction,
  spendTransaction,
  type Transaction,
} from '../issuers/oidc/transaction.ts';
import type { Log } from '../ops/log.ts';
import type { Cooldown } from '../refresh/cooldown.ts';
import { ourError } from '../resealError.ts';
import type { StartSession } from '../session/start.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Leases } from '../store/contracts.ts';
import { problemPage } from './beginLogin.ts';

/** Marks that the answer has come through our own page. */
const HOP = 'reseal_hop';

export interface FinishLoginOptions {
  readonly oidc: OidcIssuer;
  readonly cooldown: Pick<Cooldown, 'loginGranted'>;
  readonly leases: Leases;
  readonly startSession: StartSession;
  readonly settings: Pick<Settings, 'appUrl' | 'keyring' | 'refreshTimeoutMs'>;
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
  const { oidc, cooldown, leases, startSession, settings, clock, log } = options;
  const context = { settings, clock };
  return async (exchange) => {
    const { headers, target, requestId } = exchange;
    const url = new URL(target, settings.appUrl.origin);
    if (!url.searchParams.has(HOP)) return hop(url);
    url.searchParams.delete(HOP);

    const transaction = await openTransaction(context, headers.cookie);
    const fail = (problem: LoginProblem, err: unknown, cookies: readonly string[]) => {
      log.warn({ err, requestId, problem }, 'login failed');
      return redirect(problemPage(problem, transaction?.returnTo), cookies);
    };
    if (!transaction) return fail('login_expired', undefined, []);
    // An answer to another login leaves the one that is under way as it is.
    if (!isOf(transaction, url)) return fail('login_mismatch', undefined, []);

    const spent = [clearTransaction(context)];
    try {
      if (!(await spendTransaction(leases, transaction)))
        return fail('login_expired', ourError('The login was finished before.'), spent);
    } catch (err) {
      // A login needs the store in any case. The transaction is kept: the same callback can be sent again.
      return fail('provider_unavailable', err, []);
    }
    const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
    const sentAtMs = clock.now();
    const answer = await oidc.exchange(url, transaction, { signal, requestId });
    if (answer.kind === 'failed') return fail(answer.problem, answer.cause, spent);
    void cooldown.loginGranted(sentAtMs);
    try {
      const { cookies } = await startSession(exchange, answer);
      return redirect(safeReturnTo(transaction.returnTo), [...cookies, ...spent]);
    } catch (err) {
      const isTooLarge = isApiError(err) && err.code === 'session_too_large';
      return fail(isTooLarge ? 'login_too_large' : 'provider_unavailable', err, spent);
    }
  };
}

function isOf({ state }: Transaction, { searchParams }: URL): boolean {
  const [a, b] = [Buffer.from(searchParams.getAll('state').join()), Buffer.from(state)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A page that only sends the browser here again, from our own origin. */
function hop({ search }: URL): Reply {
  const query = new URLSearchParams(search);
  query.set(HOP, '1');
  // URLSearchParams leaves no character that HTML could read as markup but the ampersand.
  const target = `/api/callback?${query}`.replaceAll('&', '&amp;');
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
