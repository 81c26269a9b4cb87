import { timingSafeEqual } from 'node:crypto';
import type { Exchange, Handler } from '../http/exchange.ts';
import { ApiError } from '../http/problem.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Settings } from '../settings/fromEnv.ts';

export interface MetricsOptions {
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly settings: Pick<Settings, 'metricsToken'>;
}

/**
 * `GET /api/metrics`: Prometheus text, for the machine itself or for a caller that sends `METRICS_TOKEN`.
 *
 * A call that came through a reverse proxy comes from loopback too, so a forwarded one needs the token.
 *
 * Throws `not_found` for every other caller.
 */
export function createMetricsRoute({ metrics: { registry }, settings }: MetricsOptions): Handler {
  return async ({ headers, remoteAddress }) => {
    const { metricsToken } = settings;
    const isLocal = /^(::1|(::ffff:)?127\.)/.test(remoteAddress ?? '') && !isForwarded(headers);
    const isAllowed =
      metricsToken === null ? isLocal : matches(headers.authorization, `Bearer ${metricsToken}`);
    if (!isAllowed) throw new ApiError('not_found');
    return {
      status: 200,
      headers: { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' },
      body: await registry.metrics(),
    };
  };
}

/** Next itself sets `X-Forwarded-For` to the peer's address: only another address tells of a proxy. */
function isForwarded(headers: Exchange['headers']): boolean {
  const forwardedFor = String(headers['x-forwarded-for'] ?? '');
  const isSaid = [headers.forwarded, headers.via, headers['x-real-ip']].some((value) => value !== undefined);
  return isSaid || !/^(|::1|(::ffff:)?127\.[\d.]+)$/.test(forwardedFor);
}

function matches(given: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
