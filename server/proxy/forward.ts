import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { RESEAL_HEADER, VERSION_HEADER } from '../../contract/headers.ts';
import { isTokenExpired } from '../../contract/wwwAuthenticate.ts';
import type { Clock } from '../clock.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import type { ClientAddressOf } from '../http/clientAddress.ts';
import type { OriginOf } from '../http/origins.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import type { WithSession } from '../http/sessionGuard.ts';
import type { Metrics } from '../ops/metrics.ts';
import { isAlive } from '../refresh/isFresh.ts';
import type { ServeRefresh } from '../refresh/serve.ts';
import type { LiveSession } from '../session/resolve.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { CallLimits, CallSlot } from './callLimits.ts';
import { isEventStream, requestHeaders, responseHeaders } from './headers.ts';
import { createLocationRewriter } from './location.ts';
import { detachable, hasBody, limitWait } from './requestBody.ts';
import { upstreamTarget } from './targetPath.ts';
import { callUpstream, type UpstreamAnswer } from './upstreamCall.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];
/** Why a call upstream is given up. */
const GONE = Symbol('the client closed the connection');
const LATE = Symbol('the upstream did not answer in time');
/** How long a client that is refused for too many calls should wait. */
const BUSY_MS = 1000;
/** The answer to a client that has gone: no byte of it is written. */
const NO_ANSWER: Reply = { status: 499, headers: {}, body: null };

export interface ProxyOptions {
  readonly upstream: Dispatcher;
  readonly callLimits: CallLimits;
  readonly clientAddressOf: ClientAddressOf;
  readonly originOf: OriginOf;
  readonly withSession: WithSession;
  readonly serveRefresh: ServeRefresh;
  readonly settings: Pick<
    Settings,
    | 'upstreamUrl'
    | 'upstreamPaths'
    | 'upstreamTimeoutMs'
    | 'appUrl'
    | 'authPaths'
    | 'headerLists'
    | 'proxyRefresh'
    | 'basePath'
  >;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'upstreamLatency'>;
}

/** One call upstream, as it was checked. */
interface Call {
  readonly exchange: Exchange;
  readonly session: LiveSession;
  readonly method: Method;
  /** Path and query below `UPSTREAM_URL`. */
  readonly path: string;
  /** An expired token is refreshed here, without a cookie, and the request is sent again if it can be. */
  readonly refreshes: boolean;
}

/** Answers a call upstream; `refreshes` counts instead of `PROXY_REFRESH` where it is given. */
export type Proxy = (exchange: Exchange, refreshes?: boolean) => Promise<Reply>;

/**
 * Any `/api/upstream/<path>`: streams to the upstream with the newest access token, both ways, unbuffered.
 *
 * It writes no session cookie. A caller with the interceptor gets `token_expired`, and asks `/api/user`. For a read
 * without it (a download, an `<img>`, `EventSource`) an expired token is refreshed here: the record leads the browser's
 * older cookie to the new pair.
 *
 * Throws `path_not_allowed`, `method_not_allowed`, `too_many_requests`, `overloaded`, `token_expired`,
 * `upstream_unreachable`, `upstream_timeout`; where it refreshes also what a refresh throws.
 */
export function createProxy(options: ProxyOptions): Proxy {
  const {
    upstream,
    callLimits,
    clientAddressOf,
    originOf,
    withSession,
    serveRefresh,
    settings,
    clock,
    metrics,
  } = options;
  const { upstreamUrl, upstreamPaths, appUrl, authPaths, headerLists, proxyRefresh } = settings;
  const issuerPaths = Object.values(authPaths).filter((path) => path !== null);
  const basePath = upstreamUrl.pathname.replace(/\/$/, '');
  const { origin } = upstreamUrl;
  const proto = appUrl.protocol.slice(0, -1);
  const rewrite = createLocationRewriter(upstreamUrl, settings.basePath);

  /** Sends the request; answers `null` when the client went away first. */
  async function send({ exchange, session, method, path }: Call): Promise<UpstreamAnswer | null> {
    const incoming = hasBody(exchange) ? (exchange.freshBody?.() ?? exchange.body) : null;
    const call = callUpstream(upstream, {
      origin,
      path: basePath + path,
      method,
      headersTimeout: 0,
      headers: requestHeaders(exchange, headerLists.request, {
        proto,
        host: originOf(exchange).host,
        accessToken: session.pair.accessToken,
        from: clientAddressOf(exchange).address,
        requestId: exchange.requestId,
      }),
      body: incoming && detachable(incoming),
    });
    exchange.onClientGone(() => call.giveUp(GONE));
    const onLate = () => call.giveUp(LATE);
    const stopWaiting = limitWait(incoming, { clock, ms: settings.upstreamTimeoutMs, onLate });
    const stopTimer = metrics.upstreamLatency.startTimer();
    try {
      return await call.answer;
    } catch (cause) {
      if (cause === GONE) return null;
      const isLate = cause === LATE || (cause as { code?: unknown }).code === 'UND_ERR_CONNECT_TIMEOUT';
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
    const { session: old, exchange } = call;
    const { session } = await serveRefresh(old, old.version, exchange.requestId);
    return session.version > old.version ? { ...call, session } : null;
  }

  /** Refreshes before the call where the token is known to be dead: an upload is not sent in vain. */
  async function withLiveToken(call: Call): Promise<Call> {
    if (!call.refreshes || isAlive(call.session.pair, clock.now())) return call;
    return (await refreshed(call)) ?? call;
  }

  async function forward(call: Call, slot: CallSlot): Promise<Reply> {
    const answer = await send(call);
    if (!answer) return NO_ANSWER;
    const { status, headers, body } = answer;
    if (status === 401 && isTokenExpired(headers['www-authenticate'])) {
      discard(body);
      const again = call.refreshes && isReplayable(call.exchange) ? await refreshed(call) : null;
      // An upstream that refuses the newest token too is not asked a third time.
      if (again) return forward({ ...again, refreshes: false }, slot);
      throw new ApiError('token_expired', { headers: { [VERSION_HEADER]: String(call.session.version) } });
    }
    if (isEventStream(headers) && !slot.becomeStream()) {
      discard(body);
      throw tooMany();
    }
    body.once('close', slot.leave);
    const isDocument = call.exchange.headers['sec-fetch-dest'] === 'document';
    const requested = { path: call.path, appOrigin: originOf(call.exchange).origin };
    const rules = { allowed: headerLists.response, rewrite, requested, isDocument };
    return { status, headers: responseHeaders(headers, rules), body };
  }

  const refreshesHere = ({ headers }: Exchange) =>
    proxyRefresh === 'always' ||
    (proxyRefresh === 'without-interceptor' && headers[RESEAL_HEADER.toLowerCase()] === undefined);

  return async (exchange, refreshes = refreshesHere(exchange)) => {
    const target = upstreamTarget(exchange.target, upstreamPaths, issuerPaths);
    if (!target) throw new ApiError('path_not_allowed');
    const method = METHODS.find((name) => name === exchange.method);
    if (!method) throw new ApiError('method_not_allowed', { headers: { Allow: METHODS.join(', ') } });
    const path = target.path + target.query;
    return withSession(async (_exchange, session) => {
      const slot = callLimits.enter(session.seal.id, session.seal.user.id);
      if (slot === 'session') throw tooMany();
      if (slot === 'server') throw new ApiError('overloaded', { headers: retryAfter(BUSY_MS) });
      const reply = await withLiveToken({ exchange, session, method, path, refreshes })
        .then((call) => forward(call, slot))
        .catch((error: unknown) => {
          slot.leave();
          throw error;
        });
      if (reply === NO_ANSWER) slot.leave();
      return reply;
    })(exchange);
  };
}

const tooMany = () => new ApiError('too_many_requests', { headers: retryAfter(BUSY_MS) });

/** Whether the same request can be sent a second time. */
const isReplayable = (exchange: Exchange) => !hasBody(exchange) || exchange.freshBody !== undefined;

const discard = (body: Readable) => void body.on('error', () => undefined).destroy();
