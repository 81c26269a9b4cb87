import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { readFileSync, writeFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { freePort } from '../../../testing/redisServer.ts';
import { newFolder, startService, type Service } from '../support/service.ts';
import type { ProviderClient } from './providers.ts';

const SECRET = 'a-client-secret-for-this-test';
const SCHEMA = '/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz';

const configOf = (port: number, folder: string) => `
port=${port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:${port}"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="INFO"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "${join(folder, 'glewlwyd.db')}" }
`;

/** glewlwyd from Debian's package, set up by its own API; its user is `ada` with `lovelace`. */
export async function startGlewlwyd(appUrl: string, accessSeconds: number): Promise<ProviderClient> {
  const [folder, port] = [newFolder('glewlwyd'), await freePort()];
  new DatabaseSync(join(folder, 'glewlwyd.db')).exec(gunzipSync(readFileSync(SCHEMA)).toString());
  const config = join(folder, 'glewlwyd.conf');
  writeFileSync(config, configOf(port, folder));
  const args = [`--config-file=${config}`];
  const service = await startService({ command: 'glewlwyd', args, port, folder, path: '/api/oidc' });
  await setUp(service, appUrl, accessSeconds);
  /** The browser that logged in last. */
  let person: Ask | null = null;
  return {
    service,
    issuer: `${service.url}/api/oidc`,
    userInfoPath: '/api/oidc/userinfo',
    tokenPath: '/api/oidc/token',
    revocationPath: '/api/oidc/revoke',
    client: { id: 'reseal', secret: SECRET },
    refreshLine: /Refresh token generated for client 'reseal'/,
    answer: async (at) => {
      person = await sessionOf(service, 'ada', 'lovelace');
      return answer(service, person, at);
    },
    endSession: async (idToken) => {
      const { sid } = decodeJwt(idToken);
      const ended = await person?.('DELETE', `/api/oidc/session/${String(sid)}`);
      if (!ended?.ok) throw new Error(`glewlwyd answered ${ended?.status} to the logout`);
    },
  };
}

type Ask = (method: string, path: string, body?: object) => Promise<Response>;

/** Logs a person in at glewlwyd's own API, as its pages do. */
async function sessionOf({ url }: Service, username: string, password: string): Promise<Ask> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ username, password });
  const login = await fetch(`${url}/api/auth/`, { method: 'POST', headers, body });
  const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0]).join('; '); // prettier-ignore
  return async (method, path, given) => {
    const init = { method, redirect: 'manual' as const, headers: { ...headers, cookie } };
    return fetch(url + path, given ? { ...init, body: JSON.stringify(given) } : init);
  };
}

/** Follows an authorization request as the browser would: login, consent, and back. */
async function answer(service: Service, ask: Ask, at: URL): Promise<URL> {
  await ask('PUT', '/api/auth/grant/reseal', { scope: 'openid profile email' });
  const given = await ask('GET', `${at.pathname}${at.search}&g_continue`);
  return new URL(given.headers.get('location') ?? '', service.url);
}

async function setUp(service: Service, appUrl: string, accessSeconds: number): Promise<void> {
  const ask = await sessionOf(service, 'admin', 'password');
  const must = async (method: string, path: string, body: object) => {
    const response = await ask(method, path, body);
    if (!response.ok)
      throw new Error(`glewlwyd answered ${response.status} to ${path}: ${await response.text()}`);
  };
  for (const name of ['profile', 'email'])
    await must('POST', '/api/scope', { name, display_name: name, password_required: false });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await must('POST', '/api/mod/plugin/', {
    module: 'oidc',
    name: 'oidc',
    display_name: 'OpenID Connect',
    enabled: true,
    parameters: {
      iss: `${service.url}/api/oidc`,
      'jwt-type': 'rsa',
      'jwt-key-size': '256',
      key: privateKey,
      cert: publicKey,
      'access-token-duration': accessSeconds,
      'refresh-token-duration': 1_209_600,
      'code-duration': 600,
      'refresh-token-rolling': true,
      'refresh-token-one-use': 'always',
      'auth-type-code-enabled': true,
      'auth-type-refresh-enabled': true,
      'jwks-show': true,
      'pkce-allowed': true,
      'introspection-revocation-allowed': true,
      'introspection-revocation-allow-target-client': true,
      'session-management-allowed': true,
      'session-cookie-name': 'GLEWLWYD2_OIDC',
      'session-cookie-expiration': 2_419_200,
      'back-channel-logout-allowed': true,
      'name-claim': 'on-demand',
      'name-claim-scope': ['profile'],
      'email-claim': 'on-demand',
      'email-claim-scope': ['email'],
      'subject-type': 'public',
      'allowed-scope': ['openid', 'profile', 'email'],
    },
  });
  await must('POST', '/api/user/', {
    username: 'ada',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    password: 'lovelace',
    enabled: true,
    scope: ['openid', 'profile', 'email', 'g_profile'],
  });
  const clients = (await (await ask('GET', '/api/mod/client/database')).json()) as {
    parameters: Record<string, object>;
  };
  const text = { multiple: false, read: true, write: true };
  clients.parameters['data-format'] = {
    ...clients.parameters['data-format'],
    backchannel_logout_uri: text,
    post_logout_redirect_uris: text,
  };
  await must('PUT', '/api/mod/client/database', clients);
  await must('POST', '/api/client/', {
    client_id: 'reseal',
    name: 'Reseal',
    client_secret: SECRET,
    confidential: true,
    enabled: true,
    redirect_uri: [`${appUrl}/api/callback`],
    authorization_type: ['code', 'refresh_token'],
    token_endpoint_auth_method: ['client_secret_basic'],
    scope: [],
    backchannel_logout_uri: `${appUrl}/api/backchannel-logout`,
    post_logout_redirect_uris: `${appUrl}/login`,
  });
}
