import { codeOf, infoOf } from '../../testing/browser.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { doctor, GOOD_KEY } from '../support/doctor.ts';
import { freePort } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';
import type { ProviderClient } from './services/providers.ts';
import { PROVIDERS } from './services/realProviders.ts';
import { sealOf } from './support/visitor.ts';
import { noteFigures } from './support/figures.ts';
import { startResource } from './support/resource.ts';
import { describeWith } from './support/available.ts';
import {
  A_GOOD_BURST,
  A_GOOD_LOGOUT,
  burstOverAnExpiry,
  loggedOut,
  refusedRefresh,
  type Subject,
} from './support/lifeCycle.ts';

const ACCESS_SECONDS = 3;
/** A key that the doctor has nothing against; the app's own is made of words. */
const GOOD = { SESSION_PASSWORD: GOOD_KEY };

describe.each(Object.entries(PROVIDERS))('%s', (name, traits) => {
  describeWith(name, 'before the built app', () => {
    let provider: ProviderClient;
    let app: Instance;
    let resource: Awaited<ReturnType<typeof startResource>>;
    let subject: Subject;

    const person = () => new OidcPerson(app.url, provider.service.url);

    async function logIn(ada = person(), returnTo = '/session'): Promise<OidcPerson> {
      const place = await ada.comeBack(await provider.answer(await ada.begin(returnTo)));
      if (place !== returnTo) throw new Error(`the login led to ${place}:\n${app.output().slice(-3000)}`);
      return ada;
    }

    beforeAll(async () => {
      await ensureBuild();
      const startedAt = performance.now();
      const port = await freePort();
      const appUrl = `http://127.0.0.1:${port}`;
      provider = await traits.start(appUrl, ACCESS_SECONDS);
      resource = await startResource(provider.service.url + provider.userInfoPath);
      const env = {
        ...productionEnvironment(resource.url, appUrl),
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: provider.client.id,
        OIDC_CLIENT_SECRET: provider.client.secret,
        ...traits.settings,
      };
      app = await startInstance(env, { port });
      // Its address, and the client's id and secret, besides.
      noteFigures({
        name,
        kind: 'provider',
        settings: 3 + Object.keys(traits.settings).length,
        readyMs: performance.now() - startedAt,
      });
      const ask = (path: string, form: Record<string, string>) => {
        const { id, secret } = provider.client;
        const body = new URLSearchParams(form);
        // Raw on purpose: what the provider itself takes, not what the app sends.
        const Authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
        return fetch(provider.service.url + path, { method: 'POST', headers: { Authorization }, body });
      };
      subject = {
        env,
        signIn: async () => (await logIn()).app,
        protectedPath: '/me',
        refreshes: () => provider.service.count(provider.refreshLine),
        kill: async (refreshToken) => {
          if (provider.revocationPath === null) return provider.endSession('');
          await ask(provider.revocationPath, { token: refreshToken, token_type_hint: 'refresh_token' });
        },
        isAlive: async (refreshToken) =>
          (await ask(provider.tokenPath, { grant_type: 'refresh_token', refresh_token: refreshToken })).ok,
        revokes: provider.revocationPath !== null,
      };
    }, 120_000);
    afterAll(async () => {
      await app?.stop();
      await provider?.service.stop();
      await resource?.close();
    });

    test('a login shows the name that the provider knows, from the ID token or from UserInfo', async () => {
      const ada = await logIn();
      expect((await infoOf(await ada.app.whoAmI())).user.name).toMatch(traits.name);
    });

    test('ten refreshes at once over an expiry are one at the provider', async () => {
      expect(await burstOverAnExpiry(subject, await subject.signIn())).toEqual(A_GOOD_BURST);
    });

    test('a refresh token that the provider has forgotten ends the session', async () => {
      expect(await refusedRefresh(subject, await subject.signIn())).toEqual([401, 'session_ended']);
    });

    test(`a logout at the provider is noticed ${traits.noticesLogout}`, async () => {
      const browser = await subject.signIn();
      const { idToken = '', version } = await sealOf(browser, subject.env);
      await provider.endSession(idToken);
      const notices =
        traits.noticesLogout === 'by a logout token'
          ? () => browser.whoAmI()
          : () => browser.refresh(version);
      await until(async () => (await notices()).status === 401, { what: 'the end of the session' });
      expect(await codeOf(await browser.whoAmI())).toBe('session_ended');
    });

    test('the doctor raises no false alarm', async () => {
      const { code, text } = await doctor({ ...subject.env, ...GOOD });
      expect(text).not.toMatch(/(FAIL|WARN) {2}provider, (this app|dead token|authorization|habits)/);
      expect(code).toBe(0);
    });

    test.each(traits.wrong)('the doctor gives no all-clear to %j', async (settings, line) => {
      const { code, text } = await doctor({ ...subject.env, ...GOOD, ...settings });
      expect(text).toMatch(line);
      expect(code).toBe(line.source.startsWith('FAIL') ? 1 : 0);
    });

    test('a logout ends the session, and the refresh token where the provider can', async () => {
      expect(await loggedOut(subject, await subject.signIn())).toEqual(A_GOOD_LOGOUT);
    });
  });
});
