import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { errors } from 'undici';
import { VERSION_HEADER } from '../../contract/headers.ts';
import { isTokenExpired } from '../../contract/wwwAuthenticate.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../http/problem.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { rawTarget, upstreamTarget } from './targetPath.ts';
import { addressOf } from '../http/loginThrottle.ts';
import type { Handler } from '../http/handler.ts';
import { withSession, type SessionExchange } from '../http/sessionGuard.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** Why a call upstream is given up. */
const GONE = Symbol('the browser left');
const LATE = Symbol('the upstream did not answer');
type Method = (typeof METHODS)[number];

/**
 * Any `/api/upstream/<path>`: streams to the upstream with the newest bearer, both ways, unbuffered.
 *
 * It renews nothing and writes no session cookie: the browser is told `token_expired`, and asks `/api/user`.
 *
 * @throws {ApiError} `path_not_allowed`, `method_not_allowed`, `token_expired`, `upstream_unreachable`, `upstream_timeout`
 */
export const proxy: Handler = async (exchange) => {
  const { settings } = exchange.runtime;
  const { login, refresh, logout } = settings.authPaths;
  const target = upstreamTarget(rawTarget(exchange.req), settings.upstreamPaths, [login, refresh, logout]);
  if (!target) throw new ApiError('path_not_allowed');
  const method = METHODS.find((name) => name === exchange.req.method);
  if (!method) throw new ApiError('method_not_allowed', { headers: { Allow: METHODS.join(', ') } });
  await withSession((signedIn) => forward(signedIn, method, target))(exchange);
};

async function forward(
  { req, res, runtime, session, requestId }: SessionExchange,
  method: Method,
  { path, query }: { path: string; query: string },
): Promise<void> {
  // It may have left while its session was read; then nothing would ever end the call.
  if (res.closed) return;
  const { settings, metrics, clock } = runtime;
  const call = new AbortController();
  // When the browser goes away nobody waits for the rest.
  res.once('close', () => {
    if (!res.writableFinished) call.abort(GONE);
  });
  const answered = boundWait(req, clock, settings.upstreamTimeoutMs, () => call.abort(LATE));
  const stop = metrics.upstreamLatency.startTimer();
  const from = addressOf(req, settings.trustedProxies);
  const answer = await runtime.upstream
    .request({
      origin: settings.upstreamUrl.origin,
      path: settings.upstreamUrl.pathname.replace(/\/$/, '') + path + query,
      method,
      signal: call.signal,
      headersTimeout: 0,
      headers: requestHeaders(req, session.pair.accessToken, settings.appUrl, from, requestId),
      body: hasBody(req.headers) ? detachable(req) : null,
    })
    .catch((cause: unknown) => {
      if (call.signal.reason === GONE) return null;
      const isLate = call.signal.reason === LATE || cause instanceof errors.ConnectTimeoutError;
      throw new ApiError(isLate ? 'upstream_timeout' : 'upstream_unreachable', { cause });
    })
    .finally(() => {
      stop();
      answered();
    });
  if (!answer) return;

  if (answer.statusCode === 401 && isTokenExpired(answer.headers['www-authenticate'])) {
    answer.body.on('error', () => undefined).destroy();
    throw new ApiError('token_expired', { headers: { [VERSION_HEADER]: String(session.version) } });
  }
  res.writeHead(
    answer.statusCode,
    responseHeaders(answer.headers, req.headers['sec-fetch-dest'] === 'document'),
  );
  // Headers that come alone are sent on alone; with a body right behind them both leave in one write. Not by
  // flushHeaders(), which writes them as UTF-8: a file name in other bytes would come out garbled.
  setImmediate(() => {
    if (!res.writableEnded && !res.destroyed) res.write(Buffer.alloc(0));
  });
  await handOn(answer.body, res);
}

/**
 * Hands an answer's body on until the browser has it, or has left, which ends the call. An answer that breaks off
 * breaks off for the browser too: half of it must not pass for the whole.
 *
 * Not by `pipeline`, which makes an abort error with its stack for every answer that ends well.
 */
function handOn(body: Readable, res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      body.destroy();
      resolve();
    };
    body.on('error', () => undefined);
    body.once('close', () => void (body.readableEnded || res.destroy()));
    res.on('error', () => undefined);
    res.once('close', over);
    body.pipe(res);
  });
}

/**
 * Calls `late` when the upstream has not begun to answer `ms` after it had the whole request. An upload takes as
 * long as its client takes; only an upstream that takes no more of it is late in the middle.
 *
 * @returns what ends the waiting
 */
function boundWait(req: IncomingMessage, clock: Clock, ms: number, late: () => void): () => void {
  let timer: unknown;
  const start = () => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(() => (req.complete || req.isPaused() ? late() : start()), ms);
  };
  start();
  req.once('end', start);
  return () => {
    req.removeListener('end', start);
    clock.clearTimeout(timer);
  };
}

/**
 * A request's body that may be let go of: undici destroys the body of a request that is answered early, and to
 * destroy `req` itself would cut the browser off before it has read its 401.
 */
function detachable(req: IncomingMessage): PassThrough {
  const body = new PassThrough();
  body.once('close', () => {
    req.unpipe(body);
    req.resume();
  });
  body.on('error', () => undefined);
  return req.pipe(body);
}

/** Tells whether a request has a body. @see RFC 9112 §6 */
function hasBody(headers: {
  'content-length'?: string | undefined;
  'transfer-encoding'?: string | undefined;
}): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
