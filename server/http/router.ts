import { PROBLEMS } from '../../contract/problem.ts';
import type { Log } from '../ops/log.ts';
import { traced } from '../ops/tracing.ts';
import { isSettingsError } from '../settings/fromEnv.ts';
import { requireHeader, type Guard } from './csrfGuard.ts';
import type { Exchange, Handler, Reply } from './exchange.ts';
import type { OriginOf } from './origins.ts';
import { ApiError, isApiError, problem } from './problem.ts';

/** What answers one path. */
export interface Route {
  /** As the contract has it; a path without a route has none. */
  readonly name?: string;
  /** A handler for each method, or one for all of them. */
  readonly handlers: Readonly<Record<string, Handler>> | Handler;
  /** Refuses requests that are not the app's own; the contract's header is required where none is given. */
  readonly guard?: Guard;
  /** For monitors and providers, which may call under a name that people do not use; nothing there is built from it. */
  readonly anyHost?: true;
}

export interface RouterOptions {
  /** Finds the route of a path; every path has one. */
  readonly find: (path: string) => Route;
  readonly originOf: OriginOf;
  /** What stands before `/api` in the host app; '' where nothing does. */
  readonly basePath?: string;
  readonly log: Log;
}

/**
 * Makes what answers every request below `/api`: guard, method, handler, and a problem document for what they throw.
 *
 * A wrong method opens no cookie, and a host that is none of ours reaches no handler. The answer never rejects.
 */
export function createRouter({ find, originOf, basePath = '', log }: RouterOptions): Handler {
  async function answer(exchange: Exchange): Promise<Reply> {
    const { guard = requireHeader, handlers, anyHost = false } = find(pathOf(exchange));
    if (!anyHost) guard(exchange, originOf(exchange).origin);
    if (typeof handlers === 'function') return handlers(exchange);
    const handler = Object.hasOwn(handlers, exchange.method) ? handlers[exchange.method] : undefined;
    if (!handler)
      throw new ApiError('method_not_allowed', { headers: { Allow: Object.keys(handlers).join(', ') } });
    return handler(exchange);
  }

  const route: Handler = async (received) => {
    const exchange =
      basePath === '' ? received : { ...received, target: belowBase(received.target, basePath) };
    const reply = await answer(exchange).catch((error: unknown) => refuse(error, exchange, log));
    return { ...reply, headers: { 'X-Request-Id': exchange.requestId, ...reply.headers } };
  };
  return traced(route, (path) => find(belowBase(path, basePath)).name);
}

/** What answers requests for an upgrade, without the base path and with errors. */
export interface Upgrading<T> {
  readonly takes: (handshake: Pick<Exchange, 'headers' | 'target'>) => boolean;
  readonly open: (exchange: Exchange) => Promise<T>;
}

/** Makes what answers requests for an upgrade below `/api`, with a problem document for what is thrown. It never rejects. */
export function createUpgrader<T>(
  { takes, open }: Upgrading<T>,
  basePath: string,
  log: Log,
): Upgrading<T | Reply> {
  const below = <E extends Pick<Exchange, 'target'>>(received: E): E => ({
    ...received,
    target: belowBase(received.target, basePath),
  });
  return {
    takes: (handshake) => takes(below(handshake)),
    open: async (received) => {
      const exchange = below(received);
      return open(exchange).catch((error: unknown) => refuse(error, exchange, log));
    },
  };
}

const pathOf = ({ target }: Pick<Exchange, 'target'>) => target.split('?')[0] ?? '';

/** Takes the base path of the host app off a target; frameworks differ in whether they have done so before. */
export function belowBase(target: string, basePath: string): string {
  return target.startsWith(`${basePath}/`) ? target.slice(basePath.length) : target;
}

/** Turns what a handler threw into a problem document, and logs it. */
export function refuse(error: unknown, exchange: Exchange, log: Log): Reply {
  const known = isApiError(error)
    ? error
    : new ApiError(isSettingsError(error) ? 'misconfigured' : 'internal_error', { cause: error });
  const { status } = PROBLEMS[known.code];
  const { requestId, method } = exchange;
  // Without the query: an upstream may take secrets there.
  const entry = { requestId, method, path: pathOf(exchange), status, code: known.code, err: known.cause };
  if (status === 500) log.error(entry, 'a request failed on our side');
  else log.debug(entry, 'a request was refused');
  return problem(known.code, requestId, known);
}
