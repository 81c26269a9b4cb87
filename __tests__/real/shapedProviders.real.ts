import { Agent, fetch as undiciFetch } from 'undici';
import { codeOf, infoOf } from '../../testing/browser.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { doctor, GOOD_KEY } from '../support/doctor.ts';
import { freePort } from '../../testing/redisServer.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/scriptedProvider.ts';
import { acceptsClient, SECRET, SHAPED } from './services/shaped.ts';
import { describeWith } from './support/available.ts';
import { makeCertificate } from './support/certificate.ts';
import { startEgressProxy } from './support/egressProxy.ts';
import { noteFigures } from './support/figures.ts';
import { newFolder } from './support/service.ts';

describe.each(
  Object.entries(SHAPED).map(([like, shaped]) => [`a provider shaped like ${like}`, shaped] as const),
)('%s', (name, { host, issuer, settings, shape, wrong }) => {
  describeWith('openssl', 'over TLS, through an egress proxy, before the built app', () => {
    let provider: ScriptedProvider;
    let egress: Awaited<ReturnType<typeof startEgressProxy>>;
    let app: Instance;
    let browser: Agent;
    let env: Environment;

    beforeAll(async () => {
      await ensureBuild();
      const startedAt = performance.now();
      const { cert, key, certFile } = makeCertificate(newFolder('tls'), [host]);
      provider = await startScriptedProvider(
        { ...shape, acceptsClient },
        { cert, key, publicOrigin: `https://${host}` },
      );
      egress = await startEgressProxy({ [host]: provider.port });
      browser = new Agent({ connect: { ca: cert, servername: host } });
      const port = await freePort();
      env = {
        ...productionEnvironment('http://127.0.0.1:9', `http://127.0.0.1:${port}`),
        OIDC_ISSUER: issuer,
        OIDC_CLIENT_ID: 'app',
        OIDC_CLIENT_SECRET: SECRET,
        NODE_EXTRA_CA_CERTS: certFile,
        HTTPS_PROXY: egress.url,
        NO_PROXY: '127.0.0.1',
        ...settings,
      };
      app = await startInstance(env, { port });
      noteFigures({
        name,
        kind: 'provider',
        settings: 3 + Object.keys(settings).length,
        readyMs: performance.now() - startedAt,
      });
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

    /** The doctor where the server would run: behind the proxy, with something to answer for the upstream. */
    const diagnose = (more: Record<string, string> = {}) =>
      doctor({ ...env, SESSION_PASSWORD: GOOD_KEY, UPSTREAM_URL: egress.url, ...more });

    test('the doctor raises no false alarm', async () => {
      const { code, text } = await diagnose();
      expect(text).not.toMatch(/FAIL|WARN {2}provider, (this app|dead token|authorization|habits|offline)/);
      expect(text).toMatch(/ ok {3}provider, authorization/);
      expect(code).toBe(0);
    });

    test.each(wrong)('the doctor gives no all-clear to %j', async (more, line) => {
      const { code, text } = await diagnose(more);
      expect(text).toMatch(line);
      expect(code).toBe(line.source.startsWith('FAIL') ? 1 : 0);
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
