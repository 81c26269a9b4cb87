import { Browser, codeOf } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { doctor } from '../support/doctor.ts';
import { freePort } from '../../testing/redisServer.ts';
import { BACKENDS } from './services/backends.ts';
import {
  A_GOOD_BURST,
  A_GOOD_LOGOUT,
  burstOverAnExpiry,
  loggedOut,
  refusedRefresh,
  type Subject,
} from './support/lifeCycle.ts';
import { noteFigures } from './support/figures.ts';
import type { Service } from './support/service.ts';
import { describeWith } from './support/available.ts';

const ACCESS_SECONDS = 3;

describe.each(Object.entries(BACKENDS))('%s', (name, backend) => {
  describeWith(name, 'behind the built app', () => {
    let service: Service;
    let app: Instance;
    let subject: Subject;

    beforeAll(async () => {
      await ensureBuild();
      const startedAt = performance.now();
      service = await backend.start(ACCESS_SECONDS);
      const port = await freePort();
      const env = {
        ...productionEnvironment(service.url, `http://127.0.0.1:${port}`),
        UPSTREAM_PATHS: backend.paths,
        ...backend.settings,
      };
      app = await startInstance(env, { port });
      noteFigures({
        name,
        kind: 'backend',
        settings: Object.keys(backend.settings).length,
        readyMs: performance.now() - startedAt,
      });
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

    const doctorLogin = (DOCTOR_PASSWORD: string) =>
      doctor(
        { UPSTREAM_URL: service.url, UPSTREAM_PATHS: backend.paths, ...backend.settings, DOCTOR_PASSWORD },
        ['--login', 'ada'],
      );
    const diagnose = (more: Record<string, string> = {}) =>
      doctor({ UPSTREAM_URL: service.url, UPSTREAM_PATHS: backend.paths, ...backend.settings, ...more });

    test('the doctor finds nothing wrong', async () => {
      const { code, text } = await diagnose();
      expect(text).toMatch(/ ok {3}login, made up.*\n.* ok {3}refresh, made up/);
      expect(code).toBe(0);
    });

    test('the doctor logs a real person in, and refuses a wrong password', async () => {
      const right = await doctorLogin('lovelace');
      expect(right.text).toMatch(/ ok {3}login, real .*\n ok {3}login headers/);
      expect(right.code).toBe(0);
      expect((await doctorLogin('wrong')).text).toMatch(/FAIL {2}login, real .*401 invalid_credentials/);
    });

    test.each(backend.wrong)('the doctor gives no all-clear to %j', async (more, line) => {
      const { code, text } = await diagnose(more);
      expect(text).toMatch(line);
      expect(code).toBe(1);
    });

    test('a logout revokes the refresh token, and the old cookie is worth nothing', async () => {
      expect(await loggedOut(subject, await subject.signIn())).toEqual(A_GOOD_LOGOUT);
    });
  });
});
