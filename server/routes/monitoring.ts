import { timingSafeEqual } from 'node:crypto';
import { ApiError, sendJson } from '../http/problem.ts';
import type { Exchange } from '../http/handler.ts';

/** `GET /api/health`: 200 while the process lives; with `?ready`, 503 while its store does not answer, while it is saturated, and once it stops. */
export async function health({ req, res, runtime }: Exchange): Promise<void> {
  const isReadiness = /[?&]ready(?:[=&]|$)/.test(req.url ?? '');
  if (!isReadiness) return sendJson(res, { status: 'ok' });
  if (runtime.lifecycle.draining)
    throw new ApiError('upstream_unavailable', { headers: { 'Retry-After': '1' } });
  if (runtime.callLimits.isSaturated()) throw new ApiError('overloaded', { headers: { 'Retry-After': '1' } });
  try {
    await runtime.store.ready();
  } catch (cause) {
    throw new ApiError('upstream_unavailable', { cause, headers: { 'Retry-After': '1' } });
  }
  sendJson(res, { status: 'ready' });
}

/**
 * `GET /api/metrics`: Prometheus text, for the machine itself or for who knows `METRICS_TOKEN`.
 *
 * A call that came through a reverse proxy comes from loopback too, so one that was forwarded needs the token.
 *
 * @throws {ApiError} `not_found` for everybody else
 */
export async function metrics({ req, res, runtime }: Exchange): Promise<void> {
  const { metricsToken } = runtime.settings;
  const isLocal = /^(::1|(::ffff:)?127\.)/.test(req.socket.remoteAddress ?? '') && !isForwarded(req.headers);
  const isAllowed =
    metricsToken === null ? isLocal : matches(req.headers.authorization, `Bearer ${metricsToken}`);
  if (!isAllowed) throw new ApiError('not_found');
  const text = await runtime.metrics.registry.metrics();
  res.writeHead(200, { 'Content-Type': runtime.metrics.registry.contentType, 'Cache-Control': 'no-store' });
  res.end(text);
}

/** Next itself sets `X-Forwarded-For` to the peer's address: only another address tells of a proxy. */
function isForwarded(headers: Exchange['req']['headers']): boolean {
  const forwardedFor = String(headers['x-forwarded-for'] ?? '');
  const isSaid = [headers.forwarded, headers.via, headers['x-real-ip']].some((value) => value !== undefined);
  return isSaid || !/^(|::1|(::ffff:)?127\.[\d.]+)$/.test(forwardedFor);
}

function matches(given: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
