import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './accessTokens.ts';
import type { Context } from './context.ts';
import { misbehave } from './misbehave.ts';
import { refuseBearer } from './refusals.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the bearer token stands for; set on guarded routes before their handler runs. */
    caller: Caller;
  }
}

/** Answers the token of an `Authorization: Bearer` header, or `null`. @see RFC 6750 §2.1 */
const bearerOf = (request: FastifyRequest): string | null =>
  /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;

/** Lets only good access tokens through to the routes of `scope`. */
export function guard(scope: FastifyInstance, { accessTokens, stats }: Context): void {
  scope.addHook('onRequest', async (request, reply) => {
    const token = bearerOf(request);
    const caller = token === null ? null : await accessTokens.verify(token);
    if (caller) {
      request.caller = caller;
      return;
    }
    stats.count('apiUnauthorized');
    return refuseBearer(reply, token === null ? undefined : 'invalid_token');
  });
}

/** Guards the routes of `scope`, and lets faults, latency and hooks at them. */
export function guardWithFaults(scope: FastifyInstance, context: Context): void {
  const { settings, faults, stats, hooks, pause } = context;
  const calls = new WeakMap<FastifyRequest, number>();
  const describe = (request: FastifyRequest) => ({
    call: calls.get(request) ?? 0,
    method: request.method,
    url: request.raw.url ?? '/',
  });

  scope.addHook('onRequest', async (request, reply) => {
    calls.set(request, stats.count('apiCalls'));
    await hooks().beforeVerify?.(describe(request));
    const fault = faults.take('api');
    if (fault?.kind === 'slow') await pause(fault.delayMs ?? 1000);
    if (fault?.kind === 'unauthorized') {
      stats.count('apiUnauthorized');
      return refuseBearer(reply, 'invalid_token');
    }
    if (fault && misbehave(fault, request, reply)) return reply;
    return;
  });
  guard(scope, context);
  scope.addHook('onRequest', async (request) => {
    await pause(settings.latencyMs.api);
    await hooks().afterVerify?.({ ...describe(request), userId: request.caller.userId });
  });
}
