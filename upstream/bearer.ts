import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './accessTokens.ts';
import type { Context } from './context.ts';
import { misbehave } from './misbehave.ts';
import { refuseBearer } from './refusals.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The person of the bearer token; set on guarded routes before their handler runs. */
    caller: Caller;
  }
}

/** Answers the token of an `Authorization: Bearer` header, or `null`. @see RFC 6750 §2.1 */
const bearerOf = (request: FastifyRequest): string | null =>
  /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;

/** Lets only good access tokens through to the routes of `scope`. */
export function guard(scope: FastifyInstance, { accessTokens, stats }: Context): void {
  requireToken(scope, accessTokens.verify, stats);
}

/**
 * Lets an access token of this service through to the routes of `scope`, even after it has expired.
 *
 * For controls that break tokens and refreshes on purpose: they must not need what they broke. The signature is still
 * the proof: the token lives in the app's sealed session, so only the app's server can present one, and a logout or a
 * revoked family ends it.
 */
export function guardEvenExpired(scope: FastifyInstance, { accessTokens, stats }: Context): void {
  requireToken(scope, accessTokens.verifyEvenExpired, stats);
}

function requireToken(
  scope: FastifyInstance,
  verify: (token: string) => Promise<Caller | null>,
  stats: Context['stats'],
): void {
  scope.addHook('onRequest', async (request, reply) => {
    const token = bearerOf(request);
    const caller = token === null ? null : await verify(token);
    if (caller) {
      request.caller = caller;
      return;
    }
    stats.count('apiUnauthorized');
    return refuseBearer(reply, token === null ? undefined : 'invalid_token');
  });
}

/** Guards the routes of `scope`, and applies faults, latency and hooks to them. */
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
