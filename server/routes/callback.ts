import { timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { LoginProblem } from '../../contract/loginProblem.ts';
import { safeReturnTo } from '../../contract/returnTo.ts';
import { startSession } from './login.ts';
import { ApiError } from '../http/problem.ts';
import type { Exchange } from '../http/handler.ts';
import { problemPage, redirect } from './beginLogin.ts';
import { clearTransaction, openTransaction, type Transaction } from '../issuers/oidc/transaction.ts';

/** Marks that the answer has come through our own page. */
const HOP = 'reseal_hop';

/**
 * `GET /api/callback`: finishes a login, and says on `/login` what happened where it cannot.
 *
 * It comes twice. The browser arrives from another site, and sends no Strict cookie on the way: a page of ours
 * sends it here again, so that the session which the jar holds is seen and ended, and the guarded page after it
 * sees the new one.
 *
 * @throws {ApiError} `not_found` in password mode
 * @see RFC 10017 (Strict cookies and the return trip), RFC 9207 (iss), RFC 9700 §4.4 (mix-up)
 */
export async function finishLogin(exchange: Exchange): Promise<void> {
  const { req, res, runtime, requestId } = exchange;
  const { oidc, settings, log } = runtime;
  if (!oidc) throw new ApiError('not_found');
  const url = new URL(req.url ?? '', settings.appUrl.origin);
  if (!url.searchParams.has(HOP)) return hop(res, url);
  url.searchParams.delete(HOP);

  const transaction = await openTransaction(runtime, req.headers.cookie);
  const fail = (problem: LoginProblem, err: unknown, cookies: readonly string[]) => {
    log.warn({ err, requestId, problem }, 'a login came to nothing');
    redirect(res, problemPage(problem, transaction?.returnTo), cookies);
  };
  if (!transaction) return fail('login_expired', undefined, []);
  // A stranger's answer leaves the login that is under way as it is.
  if (!isOf(transaction, url)) return fail('login_mismatch', undefined, []);

  const spent = [clearTransaction(runtime)];
  const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
  const answer = await oidc.exchange(url, transaction, { signal, requestId });
  if (answer.kind === 'failed') return fail(answer.problem, answer.cause, spent);
  try {
    await startSession(exchange, answer.user, answer.pair, answer.sid);
  } catch (err) {
    const isTooLarge = err instanceof ApiError && err.code === 'session_too_large';
    return fail(isTooLarge ? 'login_too_large' : 'provider_unavailable', err, spent);
  }
  redirect(res, safeReturnTo(transaction.returnTo), spent);
}

function isOf({ state }: Transaction, { searchParams }: URL): boolean {
  const [a, b] = [Buffer.from(searchParams.getAll('state').join()), Buffer.from(state)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A page that does nothing but come again, from our own origin. */
function hop(res: ServerResponse, { search }: URL): void {
  const query = new URLSearchParams(search);
  query.set(HOP, '1');
  res.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'private, no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    'Referrer-Policy': 'no-referrer',
  });
  // URLSearchParams leaves no character that HTML could read as markup but the ampersand.
  const target = `/api/callback?${query}`.replaceAll('&', '&amp;');
  res.end(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Logging in</title><meta http-equiv="refresh" content="0;url=${target}"></head><body><a href="${target}">Go on</a></body></html>`,
  );
}
