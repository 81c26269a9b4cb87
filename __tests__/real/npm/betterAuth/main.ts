import { createServer } from 'node:http';
import { oauthProvider } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';

/**
 * better-auth as an OpenID provider, with what its documentation calls for and no more; everything is in memory.
 * Arguments: port, address of the app, seconds that an access token lives. Listens on 127.0.0.1 only.
 */
const [port = '0', appUrl = '', accessSeconds = '5'] = process.argv.slice(2);
const origin = `http://127.0.0.1:${port}`;
/** What a registration accepts: https on a public name. */
const PUBLIC = 'https://app.reseal.example';
const rows: Record<string, Record<string, unknown>[]> = {
  user: [], session: [], account: [], verification: [], jwks: [], oauthClient: [], oauthRefreshToken: [],
  oauthAccessToken: [], oauthConsent: [], oauthResource: [], oauthClientResource: [], oauthClientAssertion: [],
}; // prettier-ignore

const auth = betterAuth({
  baseURL: origin,
  secret: 'a-secret-for-this-test-only-0123456789',
  database: memoryAdapter(rows),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  disabledPaths: ['/token'],
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/login',
      consentPage: '/consent',
      accessTokenExpiresIn: Number(accessSeconds),
    }),
  ],
});

const { headers } = await auth.api.signUpEmail({
  body: { email: 'ada@example.com', password: 'lovelace', name: 'Ada Lovelace' },
  returnHeaders: true,
});
const cookie = headers.getSetCookie().map((line) => line.split(';')[0]).join('; '); // prettier-ignore
const client = await auth.api.adminCreateOAuthClient({
  headers: new Headers({ cookie }),
  body: {
    client_name: 'Reseal',
    redirect_uris: [`${PUBLIC}/api/callback`],
    post_logout_redirect_uris: [`${PUBLIC}/login`],
    backchannel_logout_uri: `${PUBLIC}/api/backchannel-logout`,
    backchannel_logout_session_required: true,
    token_endpoint_auth_method: 'client_secret_basic',
    skip_consent: true,
    enable_end_session: true,
  },
});

// The test runs on loopback, so the stored client is pointed there.
rows['oauthClient'] = JSON.parse(JSON.stringify(rows['oauthClient']).replaceAll(PUBLIC, appUrl)) as never;

const handle = toNodeHandler(auth);
createServer((request, response) => {
  process.stdout.write(`${request.method} ${request.url?.split('?')[0]}\n`);
  if (request.url?.startsWith('/login') || request.url?.startsWith('/consent')) {
    response.end('the page of the provider');
    return;
  }
  // The issuer is {origin}/api/auth, so discovery lies below it, as OpenID Connect Discovery has it.
  void handle(request, response);
}).listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(
    `client ${JSON.stringify({ id: client.client_id, secret: client.client_secret })}\nready\n`,
  );
});
