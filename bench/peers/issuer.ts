import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { sampleAccounts } from '../../upstream/options.ts';

export const CLIENT_ID = 'bench';

interface Granted {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly user?: { readonly id: string; readonly name: string };
}

interface Code {
  readonly username: string;
  readonly nonce: string | undefined;
}

export interface Issuer {
  /** With a slash at the end, as the libraries compare it. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts what the peers speak: OpenID Connect, and the part of WorkOS' API that AuthKit needs. It decides nothing:
 * every login, refresh and logout is a call to `upstream`, which rotates, detects reuse and misbehaves to order.
 * Who logs in says the header `X-Person`; there is no form, no client is authenticated and PKCE is not checked.
 */
export async function startIssuer(upstream: string): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' }] };
  const codes = new Map<string, Code>();
  /** AuthKit wants a signed JWT with a session id as its access token: these stand for the upstream's. */
  const standIns = new Map<string, string>();
  const refreshTokenOf = new Map<string, string>();

  const app = Fastify({ forceCloseConnections: true });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_req, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  const post = (path: string, body: object) =>
    fetch(upstream + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const sign = (claims: Record<string, unknown>, seconds: number) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'JWT' })
      .setIssuer(url)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000 + seconds))
      .setJti(randomUUID())
      .sign(privateKey);

  /** Sends a grant to the upstream; answers the code it came with, and hands on what the upstream says of a failure. */
  async function exchange(body: Record<string, string>, reply: FastifyReply) {
    const code = codes.get(body['code'] ?? '');
    codes.delete(body['code'] ?? '');
    const account = sampleAccounts.find(({ username }) => username === code?.username);
    const answer = account
      ? await post('/auth/login', { username: account.username, password: account.password })
      : await post('/auth/refresh', { refresh_token: body['refresh_token'] ?? '' });
    reply.code(answer.status).header('Cache-Control', 'no-store');
    if (!answer.ok) return { refusal: await answer.json() };
    return { granted: (await answer.json()) as Granted, code };
  }

  const authorize = async (
    request: FastifyRequest<{ Querystring: Record<string, string> }>,
    reply: FastifyReply,
  ) => {
    const { redirect_uri, state, nonce } = request.query;
    const code = randomUUID();
    codes.set(code, { username: String(request.headers['x-person'] ?? 'ada'), nonce });
    const back = new URL(redirect_uri ?? '');
    back.searchParams.set('code', code);
    if (state) back.searchParams.set('state', state);
    return reply.redirect(back.href);
  };

  app.get('/.well-known/openid-configuration', async () => ({
    issuer: url,
    authorization_endpoint: `${url}authorize`,
    token_endpoint: `${url}token`,
    userinfo_endpoint: `${url}userinfo`,
    jwks_uri: `${url}jwks`,
    end_session_endpoint: `${url}end-session`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  }));
  app.get('/jwks', async () => jwks);
  app.get('/authorize', authorize);
  app.get('/end-session', async () => 'Signed out.');
  app.post<{ Body: Record<string, string> }>('/token', async ({ body }, reply) => {
    const { granted, code, refusal } = await exchange(body, reply);
    if (!granted) return refusal;
    const { user, ...tokens } = granted;
    const whole = { ...tokens, expires_in: Math.floor(tokens.expires_in), token_type: 'Bearer' };
    if (!user) return whole;
    const person = { sub: user.id, name: user.name, email: `${user.id}@example.com`, email_verified: true };
    const nonce = code?.nonce ? { nonce: code.nonce } : {};
    const id_token = await sign({ ...person, ...nonce, aud: CLIENT_ID, sid: randomUUID() }, 3600);
    return { ...whole, id_token, scope: 'openid profile email offline_access' };
  });

  app.get('/sso/jwks/:client', async () => jwks);
  app.get('/user_management/authorize', authorize);
  app.get<{ Querystring: { session_id: string } }>('/user_management/sessions/logout', async ({ query }) => {
    await post('/auth/logout', { refresh_token: refreshTokenOf.get(query.session_id) ?? '' });
    return 'Signed out.';
  });
  app.post<{ Body: Record<string, string> }>('/user_management/authenticate', async ({ body }, reply) => {
    const { granted, refusal } = await exchange(body, reply);
    if (!granted) return refusal;
    const { access_token, refresh_token, expires_in } = granted;
    // The bench upstream's tokens are no JWTs.
    const claims = access_token.split('.').length === 3 ? decodeJwt(access_token) : {};
    const sid = String(claims['family'] ?? 'session');
    const id = claims.sub ?? 'user-ada';
    const standIn = await sign({ sub: id, sid }, expires_in);
    standIns.set(standIn, access_token);
    refreshTokenOf.set(sid, refresh_token);
    const user = { object: 'user', id, email: `${id}@example.com`, email_verified: true };
    return { user, access_token: standIn, refresh_token, authentication_method: 'Password' };
  });
  for (const path of ['/me', '/notes'])
    app.get(path, async ({ headers: { authorization = '' } }, reply) => {
      const token = standIns.get(authorization.slice('Bearer '.length)) ?? '';
      const answer = await fetch(upstream + path, { headers: { Authorization: `Bearer ${token}` } });
      return reply.code(answer.status).send(await answer.json());
    });

  // By name: nextjs-auth0 takes no address for a domain.
  await app.listen({ host: 'localhost', port: 0 });
  const url = `http://localhost:${(app.server.address() as AddressInfo).port}/`;
  return { url, close: () => app.close() };
}
