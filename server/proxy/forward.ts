import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { errors } from 'undici';
import { VERSION_HEADER } from '../../contract/headers.ts';
import { isTokenExpired } from '../../contract/wwwAuthenticate.ts';
import type { Clock } from '../clock.ts';
import type { CallSlot } from './callLimits.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import { isEventStream, requestHeaders, responseHeaders } from './headers.ts';
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
  await withSession((signedIn) => withinLimits(signedIn, (slot) => forward(signedIn, slot, method, target)))(
    exchange,
  );
};

/** How long a client that is refused for too many calls should wait. */
const BUSY_MS = 1000;

/**
 * Carries a call out within the bounds of its session and of the process.
 *
 * @throws {ApiError} `too_many_requests`, `overloaded`
 */
async function withinLimits(
  { runtime, session: { seal } }: SessionExchange,
  call: (slot: CallSlot) => Promise<void>,
): Promise<void> {
  const slot = runtime.callLimits.enter(seal.id, seal.user.id);
  if (slot === 'session') throw tooMany();
  if (slot === 'server') throw new ApiError('overloaded', { headers: retryAfter(BUSY_MS) });
  try {
    await call(slot);
  } finally {
    slot.leave();
  }
}

const tooMany = () => new ApiError('too_many_requests', { headers: retryAfter(BUSY_MS) });

async function forward(
  { req, res, runtime, session, requestId }: SessionExchange,
  slot: CallSlot,
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
  const forwarding = {
    accessToken: session.pair.accessToken,
    appUrl: settings.appUrl,
    from: addressOf(req, settings.trustedProxies),
    requestId,
  };
  const request = runtime.upstream.request({
    origin: settings.upstreamUrl.origin,
    path: settings.upstreamUrl.pathname.replace(/\/$/, '') + path + query,
    method,
    signal: call.signal,
    headersTimeout: 0,
    headers: requestHeaders(req, settings.headerLists.request, forwarding),
    body: hasBody(req.headers) ? detachable(req) : null,
  });
  const answer = await unlessAborted(request, call.signal)
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

  const letGo = () => void answer.body.on('error', () => undefined).destroy();
  if (answer.statusCode === 401 && isTokenExpired(answer.headers['www-authenticate'])) {
    letGo();
    throw new ApiError('token_expired', { headers: { [VERSION_HEADER]: String(session.version) } });
  }
  if (isEventStream(answer.headers) && !slot.becomeStream()) {
    letGo();
    throw tooMany();
  }
  const rules = {
    allowed: settings.headerLists.response,
    rewrite: runtime.rewriteLocation,
    path: path + query,
    isDocument: req.headers['sec-fetch-dest'] === 'document',
  };
  res.writeHead(answer.statusCode, responseHeaders(answer.headers, rules));
  // Headers that come alone are sent on alone; with a body right behind them both leave in one write. Not by
  // flushHeaders(), which writes them as UTF-8: a file name in other bytes would come out garbled.
  setImmediate(() => {
    if (!res.writableEnded && !res.destroyed) res.write(Buffer.alloc(0));
  });
  await handOn(answer.body, res);
}

/**
 * Settles as the request does, or at once when the call is given up: undici settles a request that still waits for
 * a connection only once it has one.
 */
function unlessAborted<T extends { readonly body: Readable }>(
  request: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    request.then((answer) => {
      if (signal.aborted) answer.body.on('error', () => undefined).destroy();
      resolve(answer);
    }, reject);
  });
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
