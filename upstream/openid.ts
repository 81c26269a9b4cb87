import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SignJWT } from 'jose';
import type { SigningKeys } from './accessTokens.ts';
import { answerFor, answerRefresh, refuseWhileDown } from './auth.ts';
import { guard } from './bearer.ts';
import type { Context } from './context.ts';
import { loginPage } from './loginPage.ts';
import { misbehave } from './misbehave.ts';
import type { OpenidClient } from './options.ts';
import { refuse } from './refusals.ts';
import type { Person } from './users.ts';

/** Life of an authorization code in ms. @see RFC 6749 §4.1.2 */
const CODE_LIFE_MS = 60_000;

type Query = Readonly<Record<string, string | undefined>>;

/** A login that the app has not picked up yet. */
interface Code {
  readonly user: Person;
  readonly query: Query;
  readonly issuedAtMs: number;
}

export interface OpenidKeys extends SigningKeys {
  readonly jwk: object;
}

/** Makes the key pair of a provider, anew at each start. */
export function createOpenidKeys({ clientId }: OpenidClient, issuer: () => string): OpenidKeys {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
  return { alg: 'RS256', kid, sign: privateKey, verify: publicKey, issuer, audience: clientId, jwk };
}

/** The provider's own description of itself. @see OpenID Connect Discovery §3 */
const metadataOf = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  revocation_endpoint: `${issuer}/revoke`,
  end_session_endpoint: `${issuer}/logout`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  subject_types_supported: ['public'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
});

interface Provider {
  readonly client: OpenidClient;
  readonly keys: OpenidKeys;
}

/**
 * Serves authorization code with PKCE over the same accounts, token families and faults as the JSON routes.
 *
 * Login faults strike the exchange of the code. Any redirect address is accepted: this provider is for tests.
 *
 * @see OpenID Connect Core §3.1, RFC 7636, RFC 7009, RFC 9207
 */
export function openidRoutes(app: FastifyInstance, context: Context, provider: Provider): void {
  const { keys } = provider;
  const codes = new Map<string, Code>();
  refuseWhileDown(app, context);
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.get('/.well-known/openid-configuration', async () => metadataOf(keys.issuer()));
  app.get('/jwks', async () => ({ keys: [keys.jwk] }));
  app.get<{ Querystring: Query }>('/logout', async ({ query }, reply) => {
    const to = query['post_logout_redirect_uri'];
    return to === undefined ? 'Logged out.' : reply.redirect(withQuery(to, { state: query['state'] }), 303);
  });
  authorizeRoutes(app, context, provider, codes);
  tokenRoutes(app, context, provider, codes);
  app.register(async (scope) => {
    guard(scope, context);
    scope.get('/userinfo', async ({ caller }) => claimsOf(context.users.find(caller.userId)));
  });
}

type Codes = Map<string, Code>;

function authorizeRoutes(app: FastifyInstance, context: Context, { keys }: Provider, codes: Codes): void {
  const { users, stats, now } = context;
  /** Sends the browser back with an answer. @see RFC 6749 §4.1.2 */
  const back = (reply: FastifyReply, query: Query, answer: Query) =>
    reply.redirect(
      withQuery(query['redirect_uri'] ?? '', { ...answer, state: query['state'], iss: keys.issuer() }),
      303,
    );

  app.addHook('preValidation', async (request, reply) => {
    if (request.routeOptions.url !== '/authorize') return;
    const query = request.query as Query;
    if (!URL.canParse(query['redirect_uri'] ?? ''))
      return refuse(reply, 400, 'invalid_request', 'redirect_uri');
    if (query['response_type'] !== 'code') return back(reply, query, { error: 'unsupported_response_type' });
    if (query['code_challenge_method'] !== 'S256') return back(reply, query, { error: 'invalid_request' });
    // No session is kept here, so there is never one to go on with. OpenID Connect Core §3.1.2.6
    if (query['prompt'] === 'none') return back(reply, query, { error: 'login_required' });
    return;
  });

  app.get<{ Querystring: Query }>('/authorize', async ({ query }, reply) =>
    reply.type('text/html; charset=utf-8').send(loginPage({ username: query['login_hint'] ?? '' })),
  );

  app.post<{ Querystring: Query; Body: Query }>('/authorize', async ({ query, body }, reply) => {
    if (body['cancel'] !== undefined) return back(reply, query, { error: 'access_denied' });
    const username = body['username'] ?? '';
    const user = await users.check(username, body['password'] ?? '');
    stats.count(user ? 'logins' : 'loginsRefused');
    if (!user)
      return reply
        .code(401)
        .type('text/html; charset=utf-8')
        .send(loginPage({ username, isRefused: true }));
    const code = randomUUID();
    codes.set(code, { user, query, issuedAtMs: now() });
    return back(reply, query, { code });
  });
}

function tokenRoutes(app: FastifyInstance, context: Context, { client, keys }: Provider, codes: Codes): void {
  const { faults, stats, tokens, now } = context;

  async function exchangeCode(form: Query, request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const fault = faults.take('login');
    if (fault && misbehave(fault, request, reply)) return reply;
    const code = codes.get(form['code'] ?? '');
    codes.delete(form['code'] ?? '');
    if (!code || code.issuedAtMs + CODE_LIFE_MS <= now() || !isProved(code.query, form))
      return refuse(reply, 400, 'invalid_grant');
    const answer = await answerFor(context, tokens.found(code.user.id), reply);
    const idToken = new SignJWT({ ...claimsOf(code.user), nonce: code.query['nonce'] })
      .setProtectedHeader({ alg: 'RS256', ...(keys.kid !== undefined && { kid: keys.kid }) })
      .setIssuer(keys.issuer())
      .setAudience(client.clientId)
      .setIssuedAt(Math.floor(now() / 1000))
      .setExpirationTime(Math.floor(now() / 1000) + 300);
    return { ...answer, id_token: await idToken.sign(keys.sign) };
  }

  app.register(async (scope) => {
    scope.addHook('preHandler', async (request, reply) =>
      isClient(client, request) ? undefined : refuse(reply, 401, 'invalid_client'),
    );
    scope.post<{ Body: Query }>('/token', async (request, reply) => {
      const { body } = request;
      if (body['grant_type'] === 'authorization_code') return exchangeCode(body, request, reply);
      if (body['grant_type'] === 'refresh_token')
        return answerRefresh(body['refresh_token'] ?? '', context, request, reply);
      return refuse(reply, 400, 'unsupported_grant_type');
    });
    scope.post<{ Body: Query }>('/revoke', async (request, reply) => {
      const fault = faults.take('logout');
      if (fault && misbehave(fault, request, reply)) return reply;
      if (tokens.end(request.body['token'] ?? '')) stats.count('revocations');
      return reply.code(200).send();
    });
  });
}

/** The claims of a person, in the ID token and in UserInfo alike. @see OpenID Connect Core §5.1 */
const claimsOf = (person: Person | null) =>
  person && { sub: person.id, name: person.name, ...(person.email !== null && { email: person.email }) };

/** Tells whether the call is the client's own, by Basic or by form. @see RFC 6749 §2.3.1 */
function isClient({ clientId, clientSecret }: OpenidClient, { headers, body }: FastifyRequest): boolean {
  const form = (body ?? {}) as Query;
  const [, basic = ''] = /^Basic (.+)$/i.exec(headers.authorization ?? '') ?? [];
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':').map(formDecoded);
  return basic === ''
    ? form['client_id'] === clientId && form['client_secret'] === clientSecret
    : id === clientId && secret === clientSecret;
}

const formDecoded = (text: string) => new URLSearchParams(`x=${text}`).get('x') ?? '';

/** Checks PKCE and the redirect address. @see RFC 7636 §4.6, RFC 6749 §4.1.3 */
function isProved(query: Query, form: Query): boolean {
  const proof = createHash('sha256')
    .update(form['code_verifier'] ?? '')
    .digest('base64url');
  return proof === query['code_challenge'] && form['redirect_uri'] === query['redirect_uri'];
}

function withQuery(address: string, parameters: Query): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
