import { Browser, codeOf } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { doctor } from '../support/doctor.ts';
import { freePort } from '../../testing/redisServer.ts';
import { startDjango } from './services/django.ts';
import { startNest } from './services/nest.ts';
import {
  A_GOOD_BURST,
  A_GOOD_LOGOUT,
  burstOverAnExpiry,
  loggedOut,
  refusedRefresh,
  type Subject,
} from './support/lifeCycle.ts';
import type { Service } from './support/service.ts';
import { describeWith } from './support/available.ts';

const ACCESS_SECONDS = 3;

interface Backend {
  readonly start: () => Promise<Service>;
  /** All that an operator sets for this backend beside the four settings that every app needs. */
  readonly settings: Readonly<Record<string, string>>;
  readonly paths: string;
  readonly me: string;
  readonly refreshLine: RegExp;
  readonly refresh: (refreshToken: string) => [path: string, init: RequestInit];
  readonly kill: (refreshToken: string, accessToken: string) => [path: string, init: RequestInit];
}

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
const bearer = (token: string): RequestInit => ({
  method: 'POST',
  headers: { Authorization: `Bearer ${token}` },
});

const BACKENDS: Record<string, Backend> = {
  'Django SimpleJWT': {
    start: () => startDjango(ACCESS_SECONDS),
    settings: { AUTH_DIALECT: 'simplejwt' },
    paths: '/api/users',
    me: '/api/users/me/',
    refreshLine: /POST \/api\/token\/refresh\//,
    refresh: (refresh) => ['/api/token/refresh/', json({ refresh })],
    kill: (refresh) => ['/api/token/blacklist/', json({ refresh })],
  },
  NestJS: {
    start: () => startNest(ACCESS_SECONDS),
    settings: { AUTH_DIALECT: 'nestjs' },
    paths: '/auth/profile',
    me: '/auth/profile',
    refreshLine: /POST \/auth\/refresh/,
    refresh: (refresh) => ['/auth/refresh', bearer(refresh)],
    kill: (_refresh, access) => ['/auth/logout', bearer(access)],
  },
};

describe.each(Object.entries(BACKENDS))('%s', (name, backend) => {
  describeWith(name, 'behind the built app', () => {
    let service: Service;
    let app: Instance;
    let subject: Subject;

    beforeAll(async () => {
      await ensureBuild();
      service = await backend.start();
      const port = await freePort();
      const env = {
        ...productionEnvironment(service.url, `http://127.0.0.1:${port}`),
        UPSTREAM_PATHS: backend.paths,
        ...backend.settings,
      };
      app = await startInstance(env, { port });
      const ask = async ([path, init]: [string, RequestInit]) => fetch(service.url + path, init);
      subject = {
        env,
        signIn: async () => {
          const browser = new Browser(app.url);
          await browser.login();
          return browser;
        },
        protectedPath: backend.me,
        refreshes: () => service.count(backend.refreshLine),
        kill: async (refresh, access) => void (await ask(backend.kill(refresh, access))),
        isAlive: async (refresh) => (await ask(backend.refresh(refresh))).ok,
        revokes: true,
      };
    }, 120_000);
    afterAll(async () => {
      await app?.stop();
      await service?.stop();
    });

    test('a wrong password is refused as one, and a right one names the user', async () => {
      const browser = new Browser(app.url);
      const json = { username: 'ada', password: 'wrong' };
      const response = await browser.call('/api/login', { method: 'POST', json });
      expect([response.status, await codeOf(response)]).toEqual([401, 'invalid_credentials']);
      const { user } = await browser.login();
      expect(user).toEqual({ id: expect.stringMatching(/^[17]$/) as string, name: 'ada' });
    });

    test('ten refreshes at once over an expiry are one at the backend', async () => {
      expect(await burstOverAnExpiry(subject, await subject.signIn())).toEqual(A_GOOD_BURST);
    });

    test('a refresh token that the backend has forgotten ends the session', async () => {
      expect(await refusedRefresh(subject, await subject.signIn())).toEqual([401, 'session_ended']);
    });

    test('the doctor finds nothing wrong, and names this preset where another is set', async () => {
      const env = { UPSTREAM_URL: service.url, UPSTREAM_PATHS: backend.paths };
      const right = await doctor({ ...env, ...backend.settings });
      expect(right.text).toMatch(/ ok {3}login, made up.*\n.* ok {3}refresh, made up/);
      expect(right.code).toBe(0);
      const wrong = await doctor({ ...env, AUTH_DIALECT: 'strapi' });
      expect(wrong.text).toMatch(/FAIL {2}login, made up/);
      expect(wrong.text).toContain(`set AUTH_DIALECT=${backend.settings['AUTH_DIALECT']}`);
      expect(wrong.code).toBe(1);
    });

    test('a logout revokes the refresh token, and the old cookie is worth nothing', async () => {
      expect(await loggedOut(subject, await subject.signIn())).toEqual(A_GOOD_LOGOUT);
    });
  });
});
