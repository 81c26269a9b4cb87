import type { IncomingMessage } from 'node:http';
import { sharedReseal, type Reseal } from '../composeServer.ts';
import type { Handler } from '../http/exchange.ts';
import { createRouter, refuse, type Route } from '../http/router.ts';
import { createLog } from '../ops/log.ts';
import { exchangeOf, writeReply, type NodeListener } from './node.ts';

const NEXT_META = Symbol.for('NextInternalRequestMeta');

/**
 * Finds the request target as the client sent it.
 *
 * When Next calls an API route it has resolved the dots of `req.url` and written its query anew (`?a` as `?a=`, `%20`
 * as `+`); its own notes keep what came. Without them `req.url` is as good: what is checked is sent.
 */
function rawTarget(req: IncomingMessage): string {
  const { initURL } = (req as { [NEXT_META]?: { initURL?: unknown } })[NEXT_META] ?? {};
  return typeof initURL === 'string' ? initURL.replace(/^https?:\/\/[^/]*/, '') : (req.url ?? '');
}

/**
 * Makes an API route of a Next app with the Pages Router, with the guards, errors and session of Reseal.
 *
 * @param find makes the route of the one server of this process
 */
export function pagesRoute(find: (reseal: Reseal, path: string) => Route): NodeListener {
  const handlers = new WeakMap<Reseal, Handler>();
  const handlerOf = (reseal: Reseal): Handler => {
    const { log, originOf, settings } = reseal;
    const handle =
      handlers.get(reseal) ??
      createRouter({
        find: (path) => find(reseal, path),
        originOf,
        basePath: settings.basePath,
        log,
      });
    handlers.set(reseal, handle);
    return handle;
  };
  return pagesListener(async (exchange) => {
    let handle: Handler;
    try {
      handle = handlerOf(sharedReseal());
    } catch (error) {
      // Without settings there is no server yet, and the operator who corrects them reads the log.
      return refuse(error, exchange, createLog('info'));
    }
    return handle(exchange);
  });
}

/** Makes an API route that is answered by a handler, with the target as the client sent it. */
export function pagesListener(handle: Handler): NodeListener {
  return async (req, res) => writeReply(res, await handle(exchangeOf(req, res, rawTarget(req))));
}

/** Answers every `/api/*` request of the contract. */
export const pagesHandler = pagesRoute(({ find }, path) => find(path));
