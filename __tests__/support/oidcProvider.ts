import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errors, Provider } from 'oidc-provider';

/*
 * A real OpenID provider with a resource server beside it, run by `node` as a process of its own: rotation with
 * strict reuse detection, short-lived JWT access tokens so large that the seal is chunked, back-channel logout.
 * Its first line on stdout is its address; `/control/*` is the test's hand on it.
 */

interface Options {
  readonly appUrl: string;
  readonly origins?: readonly string[];
  readonly accessTtlSeconds: number;
  readonly fillerBytes: number;
  /** Resources with a token of their own, below `/resource/<name>`; the provider knows no others. */
  readonly resources?: readonly string[];
}

/** As much of oidc-provider's context as is read here. */
interface TokenContext {
  readonly oidc: { readonly entities: Readonly<Record<string, { readonly authTime?: number } | undefined>> };
}

interface Note {
  readonly id: string;
  readonly text: string;
  readonly updatedAt: string;
  readonly attachment: null;
}

const CLIENT_ID = 'reseal';
const CLIENT_SECRET = 'a-client-secret-canary-of-the-confidential-client';
const counts: Record<string, number> = {};
/** Paths that answer this status, or hang (`0`), for so many requests. */
const faults = new Map<string, { status: number; times: number; body?: string }>();
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
/** The notes of each person. */
const notes = new Map<string, Note[]>();
/** Deleting all notes takes a login at this time or later, in seconds since the epoch. */
let loggedInSince = 0;
/** Access tokens of an older generation are dead. */
let generation = 0;
let resources: readonly string[] = [];
/** The resources that the provider gives no tokens for. */
const refused = new Set<string>();
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const DEFAULT_RESOURCE = 'https://api.reseal.test/';
const uriOf = (name: string) => `https://${name}.reseal.test/`;
let provider: Provider | null = null;
let serve: RequestListener = (_req, res) => void res.writeHead(503).end();

const server = createServer((req, res) => void route(req, res));
server.listen(0, '127.0.0.1', () => console.log(issuer()));
process.stdin.resume().on('end', () => process.exit(0));

function issuer(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function configure({ appUrl, origins = [], accessTtlSeconds, fillerBytes, ...rest }: Options): void {
  resources = rest.resources ?? [];
  provider = new Provider(issuer(), {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [appUrl, ...origins].map((origin) => `${origin}/api/callback`),
        post_logout_redirect_uris: [appUrl, ...origins].map((origin) => `${origin}/login`),
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials', TOKEN_EXCHANGE],
        response_types: ['code'],
        backchannel_logout_uri: `${appUrl}/api/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [{ ...key, alg: 'RS256', use: 'sig', kid: 'test' }] },
    cookies: { keys: ['a-key-of-the-provider-itself'] },
    clockTolerance: 0,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
    findAccount: (_ctx: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: `${sub} of the provider`,
        preferred_username: sub,
        email: `${sub}@example.org`,
      }),
    }),
    extraTokenClaims: ({ oidc }: TokenContext) => ({
      roles: 'r'.repeat(fillerBytes),
      generation,
      // RFC 9068 §2.2.1: when the person logged in, as a refresh keeps it.
      auth_time: (oidc.entities.AuthorizationCode ?? oidc.entities.RefreshToken)?.authTime,
    }),
    ttl: {
      AccessToken: accessTtlSeconds,
      ClientCredentials: accessTtlSeconds,
      IdToken: 60,
      RefreshToken: 3600,
      Session: 3600,
      Grant: 3600,
      Interaction: 600,
    },
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => DEFAULT_RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx: unknown, resource: string) => {
          if (refused.has(resource)) throw new errors.InvalidTarget();
          return {
            scope: '',
            accessTokenTTL: accessTtlSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
    // Its own guard forbids loopback, which is where the app is.
    fetch: (url: string, options: object) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
  });
  for (const name of [
    'grant.success',
    'grant.error',
    'grant.revoked',
    'backchannel.success',
    'backchannel.error',
  ])
    provider.on(name, () => count(name));
  provider.on('grant.success', ({ oidc: { params } }: GrantContext) => {
    if (params.grant_type === 'refresh_token') count(`refreshed ${params.resource ?? ''}`);
  });
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    (ctx) => exchange(ctx as never, provider as Provider, accessTtlSeconds),
    ['subject_token', 'subject_token_type', 'resource', 'audience', 'scope'],
  );
  serve = provider.callback();
}

/** Exchanges a session's own token for one of a resource, which `audience` may name as well. @see RFC 8693 §2 */
async function exchange(
  ctx: GrantContext & { body: unknown },
  { AccessToken, ResourceServer }: Provider,
  ttl: number,
): Promise<void> {
  const { client, params } = ctx.oidc;
  const subject = read(params.subject_token ?? '');
  if (!subject || isDead(subject) || subject.aud !== DEFAULT_RESOURCE)
    throw new errors.InvalidRequest('the subject token is not acceptable');
  const uri = params.resource ?? uriOf(params.audience ?? '');
  if (refused.has(uri)) throw new errors.InvalidTarget();
  count(`exchanged ${uri}`);
  const token = new AccessToken({ accountId: subject.sub, client, gty: TOKEN_EXCHANGE });
  token.resourceServer = new ResourceServer(uri, {
    scope: '',
    accessTokenTTL: ttl,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  });
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: ttl,
  };
}

function count(name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

interface GrantContext {
  readonly oidc: {
    readonly client: object;
    readonly params: {
      readonly grant_type: string;
      readonly resource?: string;
      readonly audience?: string;
      readonly subject_token?: string;
    };
  };
}

async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = (req.url ?? '').split('?')[0] ?? '';
  if (path.startsWith('/control/')) return control(path.slice(9), req, res);
  if (path.startsWith('/resource/lab')) return void res.writeHead(404).end();
  if (path.startsWith('/resource/')) return resource(req, res);
  counts[path] = (counts[path] ?? 0) + 1;
  const fault = faults.get(path);
  if (!fault || fault.times <= 0) return void serve(req, res);
  fault.times -= 1;
  if (fault.status === 0) return;
  res
    .writeHead(fault.status, { 'content-type': 'application/json', 'retry-after': '1' })
    .end(fault.body ?? '{}');
}

async function control(what: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
  if (what === 'configure') configure(body as unknown as Options);
  if (what === 'fault') faults.set(String(body['path']), { times: 1, ...(body as { status: number }) });
  if (what === 'demandFreshLogin') {
    loggedInSince = Math.floor(Date.now() / 1000) + 1;
    await new Promise((resolve) => setTimeout(resolve, loggedInSince * 1000 - Date.now()));
  }
  if (what === 'expire') generation += 1;
  if (what === 'refuse') refused.add(uriOf(String(body['resource'])));
  if (what === 'logout') {
    const client = await provider?.Client.find(CLIENT_ID);
    await client?.backchannelLogout(String(body['sub']), String(body['sid']));
  }
  const answer = what === 'keys' ? { key, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET } : counts;
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

/** The API behind the app: takes the provider's JWT while it lives, and only one that is for this resource. */
function resource(req: IncomingMessage, res: ServerResponse): void {
  const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
  const claims = read(token);
  const name = (req.url ?? '').split('/')[2] ?? '';
  const audience = resources.includes(name) ? uriOf(name) : DEFAULT_RESOURCE;
  if (claims && claims.aud !== audience) count('strays');
  if (!claims || isDead(claims) || claims.aud !== audience) {
    res.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    return;
  }
  const path = (req.url ?? '').split('?')[0];
  if (path === '/resource/notes' && req.method === 'DELETE') return deleteNotes(claims, res);
  if (path === '/resource/notes' && req.method === 'POST') return void addNote(claims, req, res);
  const own = path === '/resource/notes' ? { notes: notes.get(claims.sub) ?? [] } : {};
  res
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ sub: claims.sub, url: req.url, headers: req.headers, ...own }));
}

async function addNote({ sub }: Claims, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const { text } = JSON.parse(Buffer.concat(chunks).toString()) as { text: string };
  const note: Note = { id: randomUUID(), text, updatedAt: new Date().toISOString(), attachment: null };
  notes.set(sub, [note, ...(notes.get(sub) ?? [])]);
  res.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(note));
}

/** Deletes everything of a person who logged in lately enough. @see RFC 9470 §3 */
function deleteNotes({ sub, auth_time: loggedInAt = 0 }: Claims, res: ServerResponse): void {
  if (loggedInAt < loggedInSince) {
    counts['notes refused'] = (counts['notes refused'] ?? 0) + 1;
    const maxAge = Math.max(0, Math.floor(Date.now() / 1000) - loggedInSince);
    const challenge = `Bearer error="insufficient_user_authentication", error_description="Log in again.", max_age="${maxAge}"`;
    return void res.writeHead(401, { 'www-authenticate': challenge }).end();
  }
  counts['notes deleted'] = (counts['notes deleted'] ?? 0) + 1;
  notes.delete(sub);
  res.writeHead(204).end();
}

const isDead = ({ exp, generation: own }: Claims) => exp * 1000 <= Date.now() || own !== generation;

interface Claims {
  readonly sub: string;
  readonly exp: number;
  readonly aud: string;
  readonly generation: number;
  readonly auth_time?: number;
}

function read(token: string): Claims | null {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
  } catch {
    return null;
  }
}
