import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { ensureBuild, productionEnvironment, startInstance } from '../../testing/production.ts';
import { freePort } from '../../testing/redisServer.ts';
import { startApp } from '../support/app.ts';
import { createLoopbackFetch } from '../support/loopbackFetch.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { oidcEnv, startProvider, type TestProvider } from '../support/testProvider.ts';

jest.setTimeout(120_000);

interface Running {
  /** The origin of a host of this app. */
  at(host: string): string;
  stop(): Promise<unknown>;
}

const fetchHere = createLoopbackFetch();

/** Starts an app that serves `app.localhost`, `a.localhost` and every `….preview.localhost`. */
async function startServing(
  server: 'in this process' | 'as the built app',
  upstreamUrl: string,
  more: Record<string, string> = {},
): Promise<Running> {
  const port = await freePort();
  const at = (host: string) => `http://${host}:${port}`;
  const env = {
    ...productionEnvironment(upstreamUrl, at('app.localhost')),
    APP_ORIGINS: `${at('a.localhost')},${at('*.preview.localhost')}`,
    ...more,
  };
  if (server === 'as the built app') return { at, stop: (await startInstance(env, { port })).stop };
  return { at, stop: (await startApp(upstreamUrl, { env, port })).close };
}

describe.each(['in this process', 'as the built app'] as const)('several origins, %s', (server) => {
  beforeAll(ensureBuild);

  describe('with passwords', () => {
    let upstream: Upstream;
    let app: Running;
    beforeAll(async () => {
      upstream = await createUpstream();
      app = await startServing(server, upstream.url);
    });
    afterAll(async () => {
      await app.stop();
      await upstream.close();
    });
    const visitor = (host: string) => new Browser(app.at(host), { fetch: fetchHere });
    const json = { username: 'ada', password: 'lovelace' };

    test('a session begins, is refreshed and ends at each of them, and belongs to its host', async () => {
      for (const host of ['app.localhost', 'a.localhost', 'x-1.preview.localhost']) {
        const ada = visitor(host);
        const headers = { Origin: ada.origin, 'Sec-Fetch-Site': 'same-origin' };
        expect((await ada.call('/api/login', { method: 'POST', json, headers })).status).toBe(200);
        expect((await infoOf(await ada.refresh(1, { headers }))).session.version).toBe(2);
        const echoed = (await (await ada.call('/api/upstream/echo')).json()) as {
          headers: Record<string, string>;
        };
        expect(echoed.headers['x-forwarded-host']).toBe(new URL(ada.origin).host);
        expect((await ada.logout()).status).toBe(204);
        expect((await ada.whoAmI()).status).toBe(401);
      }
    });

    test('a call from one origin to another is refused, though both are listed', async () => {
      const ada = visitor('a.localhost');
      for (const Origin of [
        app.at('app.localhost'),
        app.at('x.preview.localhost'),
        'http://evil.localhost',
      ]) {
        const response = await ada.call('/api/login', { method: 'POST', json, headers: { Origin } });
        expect([response.status, await codeOf(response)]).toEqual([403, 'csrf_rejected']);
      }
    });

    test('a host that is not listed gets an error with a stable code, and no redirect or cookie', async () => {
      const stranger = visitor('evil.localhost');
      const headers = { Origin: stranger.origin };
      const answers = [
        await stranger.call('/api/login', { method: 'POST', json, headers }),
        await stranger.whoAmI(),
        await stranger.call('/api/upstream/me'),
        await stranger.call('/api/login', { headers: { 'X-Forwarded-Host': 'a.localhost' } }),
      ];
      if (server === 'as the built app')
        answers.push(await stranger.call('/notes'), await stranger.call('/login'), await stranger.call('/'));
      for (const answer of answers) {
        expect([answer.status, await codeOf(answer)]).toEqual([421, 'host_not_allowed']);
        expect([answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([null, []]);
      }
      expect((await stranger.call('/api/health?ready')).status).toBe(200);
    });

    if (server === 'as the built app')
      test('a listed host is bound to https by an answer over https, and no other host is', async () => {
        const headers = { 'X-Forwarded-Proto': 'https' };
        for (const [host, isBound] of [['a.localhost', true], ['evil.localhost', false]] as const)
          for (const path of ['/api/user', '/login', '/api/health']) {
            const answer = await visitor(host).call(path, { headers });
            const bound = answer.headers.has('strict-transport-security');
            expect([host, path, bound]).toEqual([host, path, isBound]);
          }
      }); // prettier-ignore

    if (server === 'as the built app')
      test('a page that needs a session leads to the login page of the same host', async () => {
        const response = await visitor('x.preview.localhost').call('/notes');
        const location = response.headers.get('location') ?? '';
        expect(new URL(location, app.at('x.preview.localhost')).href).toBe(
          `${app.at('x.preview.localhost')}/login?returnTo=%2Fnotes`,
        );
      });
  });

  describe('with an OpenID provider', () => {
    let provider: TestProvider;
    let app: Running;
    beforeAll(async () => {
      provider = await startProvider();
      app = await startServing(server, `${provider.url}/resource`, oidcEnv(provider));
      const origins = [app.at('a.localhost'), app.at('x.preview.localhost')];
      await provider.configure({ appUrl: app.at('app.localhost'), origins, accessTtlSeconds: 600 });
    });
    afterAll(async () => {
      await app.stop();
      await provider.stop();
    });

    test.each(['app.localhost', 'a.localhost', 'x.preview.localhost'])(
      'a login that begins at %s comes back there, and so does a logout',
      async (host) => {
        const ada = new OidcPerson(app.at(host), provider.url, fetchHere);
        const begun = await ada.begin('/session');
        expect(begun.searchParams.get('redirect_uri')).toBe(`${app.at(host)}/api/callback`);
        expect(await ada.comeBack(await ada.answer(begun, 'ada'))).toBe('/session');
        expect((await infoOf(await ada.app.refresh(1))).session.version).toBe(2);
        const end = (await ada.app.logout()).headers.get('x-reseal-end-session') ?? '';
        expect(new URL(end).searchParams.get('post_logout_redirect_uri')).toBe(`${app.at(host)}/login`);
      },
    );

    test('no login begins or ends at a host that is not listed', async () => {
      const stranger = new OidcPerson(app.at('evil.localhost'), provider.url, fetchHere);
      for (const path of ['/api/login?returnTo=/notes', '/api/callback?code=x&state=y']) {
        const answer = await stranger.visit(path);
        expect([answer.status, answer.headers.get('location')]).toEqual([421, null]);
        expect(await codeOf(answer)).toBe('host_not_allowed');
      }
    });
  });
});
