import { codeOf, infoOf } from '../support/browser.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { ensureBuild, productionEnvironment, startInstance, type Instance } from '../support/production.ts';
import { freePort } from '../support/redisServer.ts';
import { until } from '../support/until.ts';
import { startBetterAuth } from './services/betterAuth.ts';
import { startGlewlwyd } from './services/glewlwyd.ts';
import { startLemonLdap } from './services/llng.ts';
import type { ProviderClient } from './services/providers.ts';
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

interface Traits {
  readonly start: (appUrl: string, accessSeconds: number) => Promise<ProviderClient>;
  readonly name: RegExp;
  /** Whether the provider can revoke a refresh token. */
  readonly revokes: boolean;
  /** How the app learns of a logout at the provider: by a logout token, at its next refresh, or never. */
  readonly noticesLogout: 'back-channel' | 'refresh' | 'never';
}

const PROVIDERS: Record<string, Traits> = {
  'LemonLDAP::NG': { start: startLemonLdap, name: /Doctor Who/, revokes: false, noticesLogout: 'refresh' },
  glewlwyd: { start: startGlewlwyd, name: /Ada Lovelace/, revokes: true, noticesLogout: 'never' },
  'better-auth': {
    start: startBetterAuth,
    name: /Ada Lovelace/,
    revokes: true,
    noticesLogout: 'back-channel',
  },
};

describe.each(Object.entries(PROVIDERS))('%s', (name, traits) => {
  describeWith(name, 'before the built app', () => {
    let provider: ProviderClient;
    let app: Instance;
    let subject: Subject;

    const person = () => new OidcPerson(app.url, provider.service.url);

    async function logIn(ada = person(), returnTo = '/session'): Promise<OidcPerson> {
      const place = await ada.comeBack(await provider.answer(await ada.begin(returnTo)));
      if (place !== returnTo) throw new Error(`the login led to ${place}:\n${app.output().slice(-3000)}`);
      return ada;
    }

    beforeAll(async () => {
      await ensureBuild();
      const port = await freePort();
      const appUrl = `http://127.0.0.1:${port}`;
      provider = await traits.start(appUrl, ACCESS_SECONDS);
      const env = {
        ...productionEnvironment(provider.service.url, appUrl),
        UPSTREAM_PATHS: provider.protectedPath,
        OIDC_ISSUER: provider.issuer,
        ...provider.settings,
      };
      app = await startInstance(env, { port });
      const refresh = async (refreshToken: string) =>
        fetch(provider.service.url + provider.tokenPath, {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'refresh_token',
            refresh_token: refreshToken,
            client_id: provider.client.id,
            client_secret: provider.client.secret,
          }),
        });
      subject = {
        env,
        signIn: async () => (await logIn()).app,
        protectedPath: provider.protectedPath,
        refreshes: () => provider.service.count(provider.refreshLine),
        kill: async () => {
          throw new Error('Each provider forgets a token in its own way.');
        },
        isAlive: async (refreshToken) => (await refresh(refreshToken)).ok,
        revokes: traits.revokes,
      };
    }, 120_000);
    afterAll(async () => {
      await app?.stop();
      await provider?.service.stop();
    });

    test('a login shows the name that the provider knows, from the ID token or from UserInfo', async () => {
      const ada = await logIn();
      expect((await infoOf(await ada.app.whoAmI())).user.name).toMatch(traits.name);
    });

    test('ten refreshes at once over an expiry are one at the provider', async () => {
      expect(await burstOverAnExpiry(subject, await subject.signIn())).toEqual(A_GOOD_BURST);
    });

    test('a logout ends the session, and the refresh token where the provider can', async () => {
      expect(await loggedOut(subject, await subject.signIn())).toEqual(A_GOOD_LOGOUT);
    });
  });
});
