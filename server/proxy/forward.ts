import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { OF_UPSTREAM, REASON_HEADER } from '../../contract/headers.ts';
import { isTokenExpired } from '../../contract/wwwAuthenticate.ts';
import type { Clock } from '../clock.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import type { ClientAddressOf } from '../http/clientAddress.ts';
import type { OriginOf } from '../http/origins.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import { classOf, type Metrics } from '../ops/metrics.ts';
import { tracedCall, withTrace, type TraceHeaders } from '../ops/tracing.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { Caller } from './caller.ts';
import type { FindCaller } from './callers.ts';
import type { CallSlot } from './callLimits.ts';
import { isEventStream, requestHeaders, responseHeaders } from './headers.ts';
import { detachable, hasBody, limitWait } from './requestBody.ts';
import { callUpstream, type UpstreamAnswer } from './upstreamCall.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];
/** Why a call upstream is given up. */
const GONE = Symbol('the client closed the connection');
const LATE = Symbol('the upstream did not answer in time');
/** How long a client that is refused for too many calls should wait. */
const BUSY_MS = 1000;
/** The answer to a client that has gone: no byte of it is written. */
const NO_ANSWER: Reply = { status: 499, headers: {}, body: null };

export interface AskOptions {
  /** Sends to every upstream. */
  readonly dispatcher: Dispatcher;
  /** Makes connections that may change their protocol: none of HTTP/2. */
  readonly upgrades: Dispatcher;
  readonly clientAddressOf: ClientAddressOf;
  readonly originOf: OriginOf;
  readonly settings: Pick<Settings, 'appUrl'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'upstreamLatency'>;
}

export interface ProxyOptions {
  readonly upstreams: Pick<Upstreams, 'find'>;
  readonly callerOf: FindCaller;
  readonly ask: Ask;
  readonly originOf: OriginOf;
}

/** One call upstream, as it was checked. */
interface Call {
  readonly exchange: Exchange;
  readonly upstream: Upstream;
  readonly caller: Caller;
  readonly method: Method;
  /** Path and query below the upstream's address. */
  readonly path: string;
  /** The headers of a handshake that asks for a WebSocket. */
  readonly handshake?: readonly string[];
}

/**
 * Sends a call with a token that is not known to be dead, and once more with a newer one where it was refused; `null` when
 * the client went away first.
 */
export type Ask = (call: Call) => Promise<UpstreamAnswer | null>;

/** Answers a call upstream; the server's own code calls by `isOwnCode`, and has expired tokens replaced. */
export type Proxy = (exchange: Exchange, isOwnCode?: boolean) => Promise<Reply>;

/**
 * Makes what sends calls upstream.
 *
 * The function it returns throws `upstream_unreachable`, `upstream_timeout`, what a caller's refusal is, and where it
 * replaces a token what that throws.
 */
export function createAsk(options: AskOptions): Ask {
  const { dispatcher, upgrades, clientAddressOf, originOf, settings, clock, metrics } = options;
  const proto = settings.appUrl.protocol.slice(0, -1);

  /** Sends the request; answers `null` when the client went away first. */
  function send(call: Call): Promise<UpstreamAnswer | null> {
    const { upstream, method, path } = call;
    const traced = { peer: upstream.peer, method, path: upstream.basePath + path };
    return tracedCall(traced, (trace) => sendWith(call, trace), (answer) => answer?.status ?? null); // prettier-ignore
  }

  async function sendWith(
    { exchange, upstream, caller, method, path, handshake }: Call,
    trace: TraceHeaders,
  ): Promise<UpstreamAnswer | null> {
    const incoming = hasBody(exchange) ? (exchange.freshBody?.() ?? exchange.body) : null;
    const headers = requestHeaders(exchange, upstream.headerLists.request, {
      proto,
      host: originOf(exchange).host,
      accessToken: caller.accessToken,
      from: clientAddressOf(exchange).address,
      requestId: exchange.requestId,
    });
    if (handshake) headers.push(...handshake);
    const call = callUpstream(handshake ? upgrades : dispatcher, {
      origin: upstream.origin,
      path: upstream.basePath + path,
      method,
      headersTimeout: 0,
      headers: withTrace(headers, trace),
      body: incoming && detachable(incoming),
      ...(handshake && { upgrade: 'websocket' }),
    });
    exchange.onClientGone(() => call.giveUp(GONE));
    const onLate = () => call.giveUp(LATE);
    const stopWaiting = limitWait(incoming, { clock, ms: upstream.timeoutMs, onLate });
    const stopTimer = metrics.upstreamLatency.startTimer();
    try {
      const answer = await call.answer;
      upstream.state = 'ok';
      upstream.countAnswer(classOf(answer.status));
      return answer;
    } catch (cause) {
      if (cause === GONE) return null;
      const isLate = cause === LATE || (cause as { code?: unknown }).code === 'UND_ERR_CONNECT_TIMEOUT';
      upstream.state = isLate ? 'late' : 'unreachable';
      upstream.countAnswer(upstream.state);
      throw new ApiError(isLate ? 'upstream_timeout' : 'upstream_unreachable', {
        cause: cause === LATE ? undefined : cause,
      });
    } finally {
      stopTimer();
      stopWaiting();
    }
  }

  /** The call with a newer token; `null` where there is none to be had. */
  async function refreshed(call: Call): Promise<Call | null> {
    const caller = await call.caller.newer(call.exchange.requestId);
    return caller && { ...call, caller };
  }

  /** Refreshes before the call where the token is known to be dead, or there is none: an upload is not sent in vain. */
  async function withLiveToken(call: Call): Promise<Call> {
    const { caller } = call;
    if (!caller.refreshes || caller.isAlive(clock.now())) return call;
    return (await refreshed(call)) ?? call;
  }

  async function ask(call: Call, isSecond = false): Promise<UpstreamAnswer | null> {
    const { caller, exchange } = call;
    const answer = await send(call);
    if (answer?.status !== 401 || !isTokenExpired(answer.headers['www-authenticate'])) return answer;
    // An upstream that refuses the newest token too is not asked a third time.
    const replaces = caller.refreshes && !isSecond;
    const again = replaces && isReplayable(exchange) ? await refreshed(call) : null;
    if (again) {
      discard(answer.body);
      return ask(again, true);
    }
    const refusal = caller.refusal();
    if (!refusal) return answer;
    discard(answer.body);
    if (replaces && !isReplayable(exchange)) await caller.prepareAgain(exchange.requestId);
    throw refusal;
  }

  return async (call) => ask(await withLiveToken(call));
}

/**
 * Any `/api/upstream/<path>`: streams to the upstream with the token that it takes, both ways, unbuffered.
 *
 * It writes no session cookie. A caller with the interceptor gets `token_expired`, and asks `/api/user`. For a read
 * without it (a download, an `<img>`, `EventSource`) an expired token is refreshed here: the record leads the browser's
 * older cookie to the new pair.
 *
 * Throws `path_not_allowed`, `method_not_allowed`, `too_many_requests`, `overloaded`, `token_expired`,
 * `upstream_unreachable`, `upstream_timeout`; besides what {@link FindCaller} and, where it refreshes, a refresh throw.
 */
export function createProxy({ upstreams, callerOf, ask, originOf }: ProxyOptions): Proxy {
  async function forward(call: Call, slot: CallSlot): Promise<Reply> {
    const answer = await ask(call);
    if (!answer) return NO_ANSWER;
    const { status, headers, body } = answer;
    const { upstream } = call;
    if (isEventStream(headers) && !slot.becomeStream()) {
      discard(body);
      throw tooMany();
    }
    body.once('close', slot.leave);
    const isDocument = call.exchange.headers['sec-fetch-dest'] === 'document';
    const { headerLists, rewrite } = upstream;
    const requested = { path: call.path, appOrigin: originOf(call.exchange).origin };
    const rules = { allowed: headerLists.response, rewrite, requested, isDocument };
    const shown = responseHeaders(headers, rules);
    // The answer to a call without a token asks for no refresh.
    if (status === 401 && call.caller.isAnonymous) shown[REASON_HEADER] = OF_UPSTREAM;
    return { status, headers: shown, body };
  }

  return async (exchange, isOwnCode = false) => {
    const target = upstreams.find(exchange.target);
    if (!target) throw new ApiError('path_not_allowed');
    const method = METHODS.find((name) => name === exchange.method);
    if (!method) throw new ApiError('method_not_allowed', { headers: { Allow: METHODS.join(', ') } });
    const { upstream } = target;
    const caller = await callerOf(exchange, upstream, isOwnCode);
    const slot = enter(upstream, caller);
    const path = target.path + target.query;
    const call = { exchange, upstream, caller, method, path };
    const reply = await forward(call, slot).catch((error: unknown) => {
      slot.leave();
      throw error;
    });
    if (reply === NO_ANSWER) slot.leave();
    return reply;
  };
}

/** Takes a place for a call. Throws `too_many_requests` and `overloaded`. */
export function enter(upstream: Upstream, caller: Caller): CallSlot {
  const slot = upstream.limits.enter(caller.sessionId, caller.personId);
  if (slot === 'session') throw tooMany();
  if (slot === 'server') throw new ApiError('overloaded', { headers: retryAfter(BUSY_MS) });
  return slot;
}

export const tooMany = () => new ApiError('too_many_requests', { headers: retryAfter(BUSY_MS) });

/** Whether the same request can be sent a second time. */
const isReplayable = (exchange: Exchange) => !hasBody(exchange) || exchange.freshBody !== undefined;

const discard = (body: Readable) => void body.on('error', () => undefined).destroy();
