import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SignJWT } from 'jose';

/** What a provider is like; everything that one provider does otherwise than another. */
export interface ProviderShape {
  /** The issuer as discovery writes it; its own address by default. */
  readonly issuer?: (origin: string) => string;
  /** The issuer in the ID token; as discovery writes it by default. */
  readonly idTokenIssuer?: (origin: string) => string;
  /** The path below which discovery lies. */
  readonly path?: string;
  readonly metadata?: (origin: string) => object;
  readonly idTokenClaims?: object;
  readonly userInfo?: object;
  /** Decides about an authorization request; an error word refuses it. */
  readonly authorize?: (query: URLSearchParams) => string | null;
  /** Decides whether a login with these parameters gets a refresh token. */
  readonly givesRefreshToken?: (query: URLSearchParams) => boolean;
  readonly rotates?: boolean;
  /** Checks how the client authenticates. */
  readonly acceptsClient?: (req: IncomingMessage, form: URLSearchParams) => boolean;
  readonly accessSeconds?: number;
  /** The answer to a refresh token that is dead. */
  readonly deadRefreshToken?: readonly [status: number, body: object | ''];
}

export interface ScriptedProvider {
  /** The address at which it listens. */
  readonly origin: string;
  readonly port: number;
  /** Requests by path, and refreshes as `refresh`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The query of each authorization request and the form of each call, as they came. */
  readonly seen: URLSearchParams[];
  /** Takes a new signature key, and publishes no other. */
  rotateKeys(): void;
  /** Forgets every refresh token. */
  forget(): void;
  /** Answers nothing but 503, until it is switched back. */
  down(isDown: boolean): void;
  close(): Promise<void>;
}

interface Grant {
  readonly query: URLSearchParams;
}

/** Starts a provider that follows a script: what a provider's documentation says, where the real one cannot run here. */
export async function startScriptedProvider(
  shape: ProviderShape = {},
  tls?: { readonly key: string; readonly cert: string; readonly publicOrigin: string },
): Promise<ScriptedProvider> {
  const counts: Record<string, number> = {};
  const seen: URLSearchParams[] = [];
  const grants = new Map<string, Grant>();
  const access = new Set<string>();
  const path = shape.path ?? '';
  let key = newKey();
  let isDown = false;

  const handle = (req: IncomingMessage, res: ServerResponse) =>
    void route(req, res).catch((error: unknown) => res.writeHead(500).end(String(error)));
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }, handle) : createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = tls?.publicOrigin ?? `http://127.0.0.1:${port}`;
  const issuer = shape.issuer?.(origin) ?? origin;

  const metadata = () => ({
    issuer,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    userinfo_endpoint: `${origin}/userinfo`,
    jwks_uri: `${origin}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    ...shape.metadata?.(origin),
  });

  const json = (res: ServerResponse, status: number, body: object | '') => {
    res
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === '' ? '' : JSON.stringify(body));
  };

  async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', origin);
    counts[url.pathname] = (counts[url.pathname] ?? 0) + 1;
    if (isDown) return json(res, 503, {});
    if (url.pathname === `${path}/.well-known/openid-configuration`) return json(res, 200, metadata());
    if (url.pathname === '/jwks')
      return json(res, 200, { keys: [{ ...key.jwk, kid: key.kid, use: 'sig', alg: 'RS256' }] });
    if (url.pathname === '/authorize') return authorize(url.searchParams, res);
    if (url.pathname === '/token') return token(req, res);
    if (url.pathname === '/revoke') return revoke(req, res);
    if (url.pathname === '/userinfo') {
      const bearer = req.headers.authorization?.replace('Bearer ', '') ?? '';
      return access.has(bearer) ? json(res, 200, { sub: 'ada', ...shape.userInfo }) : json(res, 401, {});
    }
    json(res, 404, {});
  }

  function authorize(query: URLSearchParams, res: ServerResponse): void {
    seen.push(query);
    const back = new URL(query.get('redirect_uri') ?? '');
    const error = shape.authorize?.(query) ?? null;
    const code = randomUUID();
    grants.set(code, { query });
    back.search = new URLSearchParams({
      ...(error === null ? { code } : { error }),
      state: query.get('state') ?? '',
    }).toString();
    res.writeHead(302, { location: back.href }).end();
  }

  async function revoke(req: IncomingMessage, res: ServerResponse): Promise<void> {
    grants.delete(new URLSearchParams(await text(req)).get('token') ?? '');
    json(res, 200, {});
  }

  async function token(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(req));
    seen.push(form);
    if (shape.acceptsClient && !shape.acceptsClient(req, form))
      return json(res, 401, { error: 'invalid_client' });
    const isRefresh = form.get('grant_type') === 'refresh_token';
    if (isRefresh) counts['refresh'] = (counts['refresh'] ?? 0) + 1;
    const presented = form.get(isRefresh ? 'refresh_token' : 'code') ?? '';
    const grant = grants.get(presented);
    const [status, body] = shape.deadRefreshToken ?? [400, { error: 'invalid_grant' }];
    if (!grant) return json(res, isRefresh ? status : 400, isRefresh ? body : { error: 'invalid_grant' });
    if (!isRefresh && !isProved(grant.query, form)) return json(res, 400, { error: 'invalid_grant' });
    if (!isRefresh || shape.rotates) grants.delete(presented);
    json(res, 200, await tokens(grant, isRefresh));
  }

  async function tokens(grant: Grant, isRefresh: boolean): Promise<object> {
    const [accessToken, refreshToken] = [randomUUID(), randomUUID()];
    access.add(accessToken);
    const gives = shape.givesRefreshToken?.(grant.query) ?? true;
    const isNew = gives && (!isRefresh || shape.rotates === true);
    if (isNew) grants.set(refreshToken, grant);
    const idToken = await new SignJWT({ nonce: grant.query.get('nonce') ?? '', ...shape.idTokenClaims })
      .setProtectedHeader({ alg: 'RS256', kid: key.kid })
      .setIssuer(shape.idTokenIssuer?.(origin) ?? issuer)
      .setSubject('ada')
      .setAudience(grant.query.get('client_id') ?? '')
      .setIssuedAt()
      .setExpirationTime('5 minutes')
      .sign(key.privateKey);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: shape.accessSeconds ?? 60,
      id_token: idToken,
      ...(isNew ? { refresh_token: refreshToken } : {}),
    };
  }

  return {
    origin,
    port,
    counts,
    seen,
    rotateKeys: () => void (key = newKey()),
    forget: () => grants.clear(),
    down: (now) => void (isDown = now),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function newKey(): { readonly kid: string; readonly privateKey: KeyObject; readonly jwk: object } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid: randomUUID(), privateKey, jwk: publicKey.export({ format: 'jwk' }) };
}

/** Checks PKCE. @see RFC 7636 §4.6 */
function isProved(query: URLSearchParams, form: URLSearchParams): boolean {
  const proof = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  return proof === query.get('code_challenge') && form.get('redirect_uri') === query.get('redirect_uri');
}
