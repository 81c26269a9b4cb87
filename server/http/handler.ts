import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PROBLEMS } from '../../contract/problem.ts';
import { SettingsError } from '../settings/fromEnv.ts';
import { createLog } from '../ops/log.ts';
import { ApiError, sendProblem } from './problem.ts';
import { requireHeader } from './csrfGuard.ts';
import { theRuntime, type Runtime } from '../createReseal.ts';

/** One request with its answer, and the server it came to. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly runtime: Runtime;
  /** Goes into the log and on to issuer and upstream. */
  readonly requestId: string;
}

export type Handler = (exchange: Exchange) => Promise<void> | void;

/** An API route as Next calls it; tests hand it a server of their own. */
export type ApiRoute = (req: IncomingMessage, res: ServerResponse, runtime?: Runtime) => Promise<void>;

/** Refuses requests that are not ours; throws an {@link ApiError}. */
export type Guard = (req: IncomingMessage, appOrigin: string) => void;

/** For the routes that answer navigations, issuers and monitors: nothing there acts for a signed-in person. */
export const unguarded: Guard = () => undefined;

/**
 * Makes a route of handlers by method, with the guard of the contract around each.
 *
 * A wrong method costs no unsealing, and whatever is thrown becomes a problem document.
 *
 * @see docs/decisions.md, the heir of `withIronSessionApiRoute(withHandler('POST', handler))`
 */
export function withHandler(
  handlers: Readonly<Record<string, Handler>>,
  guard: Guard = requireHeader,
): ApiRoute {
  return withAnyMethod(async (exchange) => {
    const { req } = exchange;
    const handler = Object.hasOwn(handlers, req.method ?? '') ? handlers[req.method ?? ''] : undefined;
    if (!handler)
      throw new ApiError('method_not_allowed', { headers: { Allow: Object.keys(handlers).join(', ') } });
    await handler(exchange);
  }, guard);
}

/** The same without a choice of methods. */
export function withAnyMethod(handler: Handler, guard: Guard = requireHeader): ApiRoute {
  return async (req, res, given) => {
    const requestId = requestIdOf(req);
    let runtime: Runtime | undefined;
    try {
      runtime = given ?? theRuntime();
      res.setHeader('X-Request-Id', requestId);
      guard(req, runtime.settings.appUrl.origin);
      await handler({ req, res, runtime, requestId });
    } catch (error) {
      answerError(error, { req, res, requestId, runtime });
    }
  };
}

function answerError(
  error: unknown,
  { req, res, requestId, runtime }: Omit<Exchange, 'runtime'> & { readonly runtime: Runtime | undefined },
): void {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(error instanceof SettingsError ? 'misconfigured' : 'internal_error', { cause: error });
  const { status } = PROBLEMS[known.code];
  // Without the query: somebody's upstream may take secrets there.
  const entry = {
    requestId,
    method: req.method,
    path: req.url?.split('?')[0],
    status,
    code: known.code,
    err: known.cause,
  };
  // Without settings there is no server yet, and whoever has to mend them reads the log.
  const log = runtime?.log ?? createLog('info');
  if (status === 500) log.error(entry, 'a request failed on our side');
  else log.debug(entry, 'a request was refused');
  sendProblem(res, known.code, { headers: known.headers, requestId });
}

/** Keeps a request id that came with the request, if it is one that can stand in a log line. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}
