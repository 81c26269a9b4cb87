import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './context.ts';
import type { Fault } from './faults.ts';
import { misbehave } from './misbehave.ts';
import { refuse } from './refusals.ts';
import type { Grant } from './tokens.ts';

interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly refresh_token: string;
}

const strings = (...names: string[]) => ({
  body: {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string', maxLength: 4096 }])),
  },
});

/** Bends a good answer; the token itself keeps its true life. */
function bend(answer: TokenAnswer, fault: Fault | null): object {
  const { expires_in, refresh_token, ...rest } = answer;
  const unsaid = { ...rest, refresh_token };
  switch (fault?.kind) {
    case 'noRefreshToken':
      return { ...rest, expires_in };
    case 'expiresInMissing':
      return unsaid;
    case 'expiresInText':
      return { ...unsaid, expires_in: 'abc' };
    case 'expiresInNumericString':
      return { ...unsaid, expires_in: String(expires_in) };
    case 'expiresInZero':
      return { ...unsaid, expires_in: 0 };
    case 'expiresInNegative':
      return { ...unsaid, expires_in: -3600 };
    case 'expiresInHuge':
      return { ...unsaid, expires_in: Number.MAX_SAFE_INTEGER };
    default:
      return answer;
  }
}

/** Makes the answer to a login or a refresh that was granted. @see RFC 6749 §5.1 */
export async function answerFor(
  { accessTokens, settings }: Context,
  grant: Grant,
  reply: FastifyReply,
): Promise<TokenAnswer> {
  reply.header('cache-control', 'no-store');
  return {
    access_token: await accessTokens.sign(grant),
    token_type: 'Bearer',
    expires_in: settings.accessTtlSeconds,
    refresh_token: grant.refreshToken,
  };
}

/** Answers a refresh, with the faults and hooks of this moment. @see RFC 6749 §6 and RFC 9700 §4.14 */
export async function answerRefresh(
  token: string,
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { settings, faults, stats, tokens, hooks, pause } = context;
  const call = { call: stats.count('refreshCalls'), token };
  const fault = (await hooks().beforeRefresh?.(call)) ?? faults.take('refresh');
  const rotates = fault?.rotates ?? fault?.kind.endsWith('AfterRotate');
  if (fault && !rotates && misbehave(fault, request, reply)) return reply;

  const keep = !settings.rotate || fault?.kind === 'noRefreshToken';
  const grant = tokens.present(token, keep);
  stats.count(grant ? 'refreshesGranted' : 'refreshesRefused');
  if (grant) await hooks().afterRotate?.(call);
  await pause(settings.latencyMs.refresh);
  if (fault && rotates && misbehave(fault, request, reply)) return reply;

  const answer = grant && bend(await answerFor(context, grant, reply), fault);
  await hooks().beforeAnswer?.({ ...call, status: answer ? 200 : 400 });
  return answer ?? refuse(reply, 400, 'invalid_grant');
}

/** Answers 503 to every call of `scope` while the issuer is down. */
export function refuseWhileDown(scope: FastifyInstance, { isIssuerDown }: Context): void {
  scope.addHook('onRequest', async (_request, reply) =>
    isIssuerDown() ? refuse(reply, 503, 'temporarily_unavailable') : undefined,
  );
}

/** Serves login, refresh and logout in JSON. */
export function authRoutes(app: FastifyInstance, context: Context): void {
  const { settings, faults, stats, users, tokens, pause } = context;

  app.post<{ Body: { username: string; password: string } }>(
    '/auth/login',
    { schema: strings('username', 'password') },
    async (request, reply) => {
      await pause(settings.latencyMs.login);
      const fault = faults.take('login');
      if (fault && misbehave(fault, request, reply)) return reply;
      const user = await users.check(request.body.username, request.body.password);
      stats.count(user ? 'logins' : 'loginsRefused');
      if (!user) return refuse(reply, 401, 'invalid_grant', 'Wrong username or password.');
      return { ...(await answerFor(context, tokens.found(user.id), reply)), user };
    },
  );

  app.post<{ Body: { refresh_token: string } }>(
    '/auth/refresh',
    { schema: strings('refresh_token') },
    async (request, reply) => answerRefresh(request.body.refresh_token, context, request, reply),
  );

  app.post<{ Body: { refresh_token: string } }>(
    '/auth/logout',
    { schema: strings('refresh_token') },
    async (request, reply) => {
      const fault = faults.take('logout');
      if (fault && misbehave(fault, request, reply)) return reply;
      if (tokens.end(request.body.refresh_token)) stats.count('revocations');
      return reply.code(204).send();
    },
  );
}
