import { Agent, fetch as undiciFetch } from 'undici';
import { codeOf, infoOf } from '../../testing/browser.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { freePort } from '../../testing/redisServer.ts';
import {
  startScriptedProvider,
  type ProviderShape,
  type ScriptedProvider,
} from '../support/scriptedProvider.ts';
import { describeWith } from './support/available.ts';
import { makeCertificate } from './support/certificate.ts';
import { startEgressProxy } from './support/egressProxy.ts';
import { newFolder } from './support/service.ts';

const TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

interface Shaped {
  readonly host: string;
  readonly issuer: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly shape: ProviderShape;
}

/** What Microsoft's and Google's documentation say of their providers, as far as Reseal meets it. */
const SHAPED: Record<string, Shaped> = {
  'Entra ID, common': {
    host: 'login.microsoftonline.com',
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    settings: {},
    shape: {
      path: '/common/v2.0',
      // The issuer is a template, and each ID token names its own tenant.
      issuer: (origin) => `${origin}/{tenantid}/v2.0`,
      idTokenIssuer: (origin) => `${origin}/${TENANT}/v2.0`,
      idTokenClaims: { tid: TENANT, name: 'Ada Lovelace', preferred_username: 'ada@example.com' },
      metadata: (origin) => ({
        scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
        end_session_endpoint: `${origin}/common/oauth2/v2.0/logout`,
        token_endpoint_auth_methods_supported: [
          'client_secret_post',
          'private_key_jwt',
          'client_secret_basic',
        ],
      }),
      // A tenant whose users may not consent by themselves.
      authorize: (query) => (query.get('prompt') === 'consent' ? 'access_denied' : null),
      givesRefreshToken: (query) => query.get('scope')?.includes('offline_access') ?? false,
      rotates: true,
    },
  },
  Google: {
    host: 'accounts.google.com',
    issuer: 'https://accounts.google.com',
    settings: { OIDC_PARAMS: 'access_type=offline', OIDC_PROMPT: 'consent' },
    shape: {
      idTokenClaims: { name: 'Ada Lovelace', email: 'ada@example.com' },
      metadata: (origin) => ({
        scopes_supported: ['openid', 'email', 'profile'],
        revocation_endpoint: `${origin}/revoke`,
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      }),
      authorize: (query) => (query.get('scope')?.includes('offline_access') ? 'invalid_scope' : null),
      givesRefreshToken: (query) =>
        query.get('access_type') === 'offline' && query.get('prompt') === 'consent',
      rotates: false,
    },
  },
};

describe.each(Object.entries(SHAPED))('a provider shaped like %s', (_, { host, issuer, settings, shape }) => {
  describeWith('openssl', 'over TLS, through an egress proxy, before the built app', () => {
    let provider: ScriptedProvider;
    let egress: Awaited<ReturnType<typeof startEgressProxy>>;
    let app: Instance;
    let browser: Agent;

    beforeAll(async () => {
      await ensureBuild();
      const { cert, key, certFile } = makeCertificate(newFolder('tls'), [host]);
      provider = await startScriptedProvider(shape, { cert, key, publicOrigin: `https://${host}` });
      egress = await startEgressProxy({ [host]: provider.port });
      browser = new Agent({ connect: { ca: cert, servername: host } });
      const port = await freePort();
      const env = {
        ...productionEnvironment('http://127.0.0.1:9', `http://127.0.0.1:${port}`),
        OIDC_ISSUER: issuer,
        OIDC_CLIENT_ID: 'app',
        OIDC_CLIENT_SECRET: 'a.secret_of-the~app',
        NODE_EXTRA_CA_CERTS: certFile,
        HTTPS_PROXY: egress.url,
        NO_PROXY: '127.0.0.1',
        ...settings,
      };
      app = await startInstance(env, { port });
    }, 120_000);
    afterAll(async () => {
      await app?.stop();
      await browser?.destroy();
      await egress?.close();
      await provider?.close();
    });

    async function logIn(): Promise<OidcPerson> {
      const ada = new OidcPerson(app.url, app.url);
      const at = await ada.begin('/session');
      expect(at.origin).toBe(`https://${host}`);
      const local = `https://127.0.0.1:${provider.port}${at.pathname}${at.search}`;
      const answered = await undiciFetch(local, { dispatcher: browser, redirect: 'manual' });
      const place = await ada.comeBack(new URL(answered.headers.get('location') ?? ''));
      if (place !== '/session') throw new Error(`the login led to ${place}:\n${app.output().slice(-2000)}`);
      return ada;
    }

    test('logs in, through the tunnel alone', async () => {
      const ada = await logIn();
      expect((await infoOf(await ada.app.whoAmI())).user.name).toBe('Ada Lovelace');
      expect(egress.tunnels[host]).toBeGreaterThan(0);
    });

    test('refreshes once for ten at the same time, again and again', async () => {
      const ada = await logIn();
      const { cookie } = ada.app;
      const before = provider.counts['refresh'] ?? 0;
      const answers = await Promise.all(Array.from({ length: 10 }, () => ada.app.refresh(1, { cookie })));
      expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
      expect((provider.counts['refresh'] ?? 0) - before).toBe(1);
      expect((await infoOf(await ada.app.refresh(2))).session.version).toBe(3);
    });

    test('ends a session whose refresh token is dead', async () => {
      const ada = await logIn();
      provider.forget();
      const response = await ada.app.refresh(1);
      expect([response.status, await codeOf(response)]).toEqual([401, 'session_ended']);
    });

    test('logs out, and the old cookie is worth nothing', async () => {
      const ada = await logIn();
      const { cookie } = ada.app;
      const response = await ada.app.logout();
      expect(response.status).toBe(204);
      expect(response.headers.has('x-reseal-end-session')).toBe(host === 'login.microsoftonline.com');
      expect(await codeOf(await ada.app.whoAmI({ cookie }))).toBe('session_ended');
    });
  });
});
