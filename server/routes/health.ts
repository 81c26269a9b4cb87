import type { Handler } from '../http/exchange.ts';
import { ApiError, json, retryAfter } from '../http/problem.ts';
import { isSaturated, type ProcessLoad } from '../proxy/callLimits.ts';
import type { Upstream } from '../proxy/upstreams.ts';
import type { SessionStore } from '../store/contracts.ts';
import { reasonOf } from '../store/storeHealth.ts';

const RETRY_AFTER_MS = 1000;
/** Says why the process is not ready: a word, never a value. */
const READY_HEADER = 'X-Reseal-Ready';

/** Whether the process takes new work. */
export interface Lifecycle {
  /** Set once the process has received a signal to stop. */
  draining: boolean;
}

export interface HealthOptions {
  readonly store: Pick<SessionStore, 'ready'>;
  readonly load: ProcessLoad;
  readonly upstreams: readonly Pick<Upstream, 'name' | 'state'>[];
  readonly lifecycle: Readonly<Lifecycle>;
}

/**
 * `GET /api/health`: 200 while the process lives; with `?ready`, 503 while its store does not answer, while it is
 * saturated, and once it stops.
 *
 * An upstream that does not answer is named, and no reason to take this process away: the others answer.
 */
export function createHealth({ store, load, upstreams, lifecycle }: HealthOptions): Handler {
  return async ({ target }) => {
    if (!/[?&]ready(?:[=&]|$)/.test(target)) return json({ status: 'ok' });
    const headers = retryAfter(RETRY_AFTER_MS);
    if (lifecycle.draining) throw new ApiError('upstream_unavailable', { headers });
    if (isSaturated(load)) throw new ApiError('overloaded', { headers });
    await store.ready().catch((cause: unknown) => {
      const reason = reasonOf(cause instanceof Error ? (cause.cause ?? cause) : cause);
      throw new ApiError('upstream_unavailable', {
        cause,
        headers: { ...headers, [READY_HEADER]: `store ${reason}` },
      });
    });
    const states = Object.fromEntries(upstreams.map(({ name, state }) => [name, state]));
    return json({ status: 'ready', upstreams: states });
  };
}
