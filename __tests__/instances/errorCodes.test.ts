import { createRequire } from 'node:module';
import { PROBLEMS, type Problem, type ProblemCode } from '../../contract/problem.ts';
import { Browser } from '../../testing/browser.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { describeWithRedis, freePort, startRedis } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';
import { startScriptedUpstream, tokenAnswer, type ScriptedUpstream } from '../support/scriptedUpstream.ts';
import { oidcEnv, startProvider } from '../support/testProvider.ts';

/* Next bundles routes and start-up apart and minifies class names, so each code is asked of the built app. */
jest.setTimeout(120_000);

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
/**
 * Codes that other tests reach on the built app (limits, `APP_ORIGINS`); those of a host app's hook and of the app's own
 * token at an upstream, which tests reach in process; and the one without a known cause.
 */
const ELSEWHERE: readonly ProblemCode[] = [
  'too_many_requests',
  'overloaded',
  'host_not_allowed',
  'internal_error',
  'login_refused',
  'upstream_refused',
];

const running: { close(): Promise<unknown> }[] = [];
async function forAll<T extends { close(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  running.push(started);
  return started;
}
async function startApp(
  env: Readonly<Record<string, string>>,
  options: { port?: number; command?: string[] } = {},
): Promise<Instance> {
  const instance = await startInstance(env, options);
  running.push({ close: () => instance.kill() });
  return instance;
}

let upstream: ScriptedUpstream;
beforeAll(async () => {
  await ensureBuild();
  upstream = await forAll(startScriptedUpstream());
});
afterAll(async () => {
  for (const one of running.reverse()) await one.close();
});

const seen = new Set<string>();

async function expectProblem(response: Response, code: ProblemCode): Promise<Problem> {
  const problem = (await response.json()) as Problem;
  expect([response.status, problem.code]).toEqual([PROBLEMS[code].status, code]);
  expect(response.headers.get('x-reseal-reason')).toBe(code);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(problem.detail).toBe(PROBLEMS[code].detail);
  expect(response.headers.getSetCookie()).toEqual([]);
  seen.add(code);
  return problem;
}

/** `next start` runs what Next bundled; `npm start` runs the server's own files in front of it. */
const DOORS = {
  'npm start': ['scripts/start.ts'],
  'next start': [createRequire(import.meta.url).resolve('next/dist/bin/next'), 'start', '-H', '127.0.0.1'],
};

describe.each(Object.entries(DOORS))('%s', (_, command) => {
  let app: Instance;
  let ada: Browser;
  beforeAll(async () => {
    const env = productionEnvironment(upstream.url, 'http://localhost:3000');
    const changes = { UPSTREAM_TIMEOUT_MS: '300', TRUSTED_PROXIES: '1', LOG_LEVEL: 'debug' };
    app = await startApp({ ...env, ...changes }, { command });
    seen.clear();
  });

  /** Each test's logins come from an address of their own, so that no throttle joins them. */
  let address = 0;
  const login = (username = 'ada', from = `198.51.100.${(address += 1)}`) =>
    ada.call('/api/login', {
      method: 'POST',
      json: { username, password: 'x' },
      headers: { 'X-Forwarded-For': from },
    });
  beforeEach(async () => {
    upstream.reset();
    ada = new Browser(app.url);
    expect((await login()).status).toBe(200);
  });

  type Fields = Readonly<Record<string, unknown>>;
  /** Whether an object has all these fields, those of an inner object too. */
  const has = (actual: Fields, expected: Fields): boolean =>
    Object.entries(expected).every(([key, value]) =>
      typeof value === 'object' ? has((actual[key] ?? {}) as Fields, value as Fields) : actual[key] === value,
    );

  interface Line {
    readonly err?: Readonly<Record<string, unknown>>;
  }

  /** Waits until a line of this request shows such an error: the output of a process arrives after its answer. */
  async function expectLogged(
    { requestId = '' }: Problem,
    error: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const lines = () =>
      app
        .output()
        .split('\n')
        .filter((line) => line.includes(requestId) && line.endsWith('}'));
    const isIt = ({ err }: Line) => err !== undefined && has(err, error);
    await until(() => lines().some((line) => isIt(JSON.parse(line) as Line)), {
      what: JSON.stringify(error),
    });
  }

  test('tokens that do not fit are session_too_large at a login and at a refresh', async () => {
    const large = { access_token: 'a'.repeat(9000) };
    upstream.answer('/auth/login', () => tokenAnswer({ ...large, user: { id: 'u', name: 'U' } }));
    await expectProblem(await login('grace'), 'session_too_large');
    upstream.answer('/auth/login', () => tokenAnswer({ user: { id: 'id-ada', name: 'Ada' } }));
    upstream.answer('/auth/refresh', () => tokenAnswer(large));
    await expectProblem(await ada.refresh(1), 'session_too_large');
    upstream.answer('/auth/refresh', () => tokenAnswer());
  });

  test('an issuer that refuses this app is misconfigured, and the log names status and OAuth error', async () => {
    const refusal = { status: 401, body: { error: 'invalid_client', error_description: TOKEN } };
    upstream.answer('/auth/login', () => refusal);
    const problem = await expectProblem(await login('grace'), 'misconfigured');
    await expectLogged(problem, {
      name: 'IssuerError',
      code: 'issuer_answer',
      status: 401,
      oauthError: 'invalid_client',
      endpoint: 'login',
    });
  });

  test('an issuer that fails is upstream_unavailable with Retry-After, and the log says how it failed', async () => {
    upstream.answer('/auth/login', () => ({ status: 503, body: TOKEN, headers: { 'Retry-After': '7' } }));
    const failed = await login('grace');
    expect(failed.headers.get('retry-after')).toBe('7');
    await expectLogged(await expectProblem(failed, 'upstream_unavailable'), {
      name: 'IssuerError',
      status: 503,
    });
    upstream.answer('/auth/login', () => 'drop');
    const dropped = await expectProblem(await login('grace'), 'upstream_unavailable');
    await expectLogged(dropped, {
      name: 'IssuerCallError',
      endpoint: 'login',
      cause: { name: 'SocketError', code: 'UND_ERR_SOCKET' },
    });
  });

  test('what a client gets wrong has its own code', async () => {
    const body = (text: string, type = 'application/json') =>
      ada.call('/api/login', { method: 'POST', body: text, headers: { 'Content-Type': type } });
    await expectProblem(await body('{'), 'invalid_request');
    await expectProblem(await body('{}', 'text/plain'), 'unsupported_media_type');
    await expectProblem(await body(JSON.stringify({ username: 'x'.repeat(20_000) })), 'payload_too_large');
    await expectProblem(await ada.call('/api/user', { headers: { 'X-Reseal': '' } }), 'csrf_rejected');
    await expectProblem(await ada.call('/api/user', { method: 'DELETE' }), 'method_not_allowed');
    await expectProblem(await ada.call('/api/nowhere'), 'not_found');
    await expectProblem(await ada.call('/api/upstream/nowhere'), 'path_not_allowed');
    await expectProblem(await ada.whoAmI({ headers: { 'X-Reseal': 'another' } }), 'session_changed');
    await expectProblem(await ada.whoAmI({ cookie: '' }), 'no_session');
  });

  test('a dead token, a dead session and a wrong password have their own codes', async () => {
    upstream.answer('/me', () => ({ status: 401, body: {} }));
    const expired = await ada.call('/api/upstream/me');
    expect(expired.headers.get('x-reseal-version')).toBe('1');
    await expectProblem(expired, 'token_expired');
    upstream.answer('/auth/refresh', () => ({ status: 400, body: { error: 'invalid_grant' } }));
    await expectProblem(await ada.refresh(1), 'session_ended');
    upstream.answer('/auth/refresh', () => tokenAnswer());
    upstream.answer('/auth/login', () => ({ status: 401, body: { error: 'invalid_grant' } }));
    for (let tries = 0; tries < 5; tries += 1)
      await expectProblem(await login('eve', `203.0.113.9:${50_001 + tries}`), 'invalid_credentials');
    const throttled = await login('eve', '203.0.113.9:50009');
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(800);
    await expectProblem(throttled, 'too_many_attempts');
  });

  test('an upstream that hangs or breaks off is upstream_timeout or upstream_unreachable', async () => {
    upstream.answer('/notes', () => 'hang');
    await expectProblem(await ada.call('/api/upstream/notes'), 'upstream_timeout');
    upstream.answer('/notes', () => 'drop');
    await expectProblem(await ada.call('/api/upstream/notes'), 'upstream_unreachable');
  });

  test('every documented code was seen on the built app', () => {
    expect(
      Object.keys(PROBLEMS)
        .filter((code) => !seen.has(code))
        .toSorted(),
    ).toEqual([...ELSEWHERE].toSorted());
  });

  test('the log of all this holds no token, no minified name and no password', () => {
    const lines = app.output().split('\n').filter((line) => line.startsWith('{')); // prettier-ignore
    expect(lines.length).toBeGreaterThan(20);
    expect(app.output()).not.toMatch(/eyJ|access-\d|refresh-\d|a-password-of/);
    for (const [, name] of app.output().matchAll(/"(?:err|cause)":\{"name":"([^"]*)"/g))
      expect(name).toMatch(/^(undefined|symbol|[A-Z]\w+Error|Error|StoreUnreachable)$/);
  });

  test('the image optimiser answers 404', async () => {
    for (const query of ['', '?url=%2Ffavicon.ico&w=64&q=75', '?url=http%3A%2F%2F127.0.0.1%2Fx&w=640&q=75'])
      expect((await fetch(`${app.url}/_next/image${query}`)).status).toBe(404);
  });
});

describeWithRedis('while Redis is down the built app', () => {
  test('answers the session list with 503 and Retry-After, and logs one line for the outage', async () => {
    const redis = await forAll(startRedis());
    const env = { ...productionEnvironment(upstream.url, 'http://localhost:3000'), REDIS_URL: redis.url };
    const instance = await startApp(env);
    const grace = new Browser(instance.url);
    await grace.login('grace', 'x');
    expect((await grace.call('/api/sessions')).status).toBe(200);
    await redis.stop();
    const answer = await grace.call('/api/sessions');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectProblem(answer, 'upstream_unavailable');
    for (let reads = 0; reads < 5; reads += 1) expect((await grace.whoAmI()).status).toBe(200);
    const shown = '"name":"StoreUnreachable","message":"The session store cannot be reached."';
    await until(() => instance.output().includes(shown), { what: 'the log line' });
    expect(instance.output()).not.toContain('TRUSTED_PROXIES');
    expect(instance.output().match(/a session was read without the store/g)).toHaveLength(1);
  });
});

test('a provider’s tokens that do not fit are login_too_large, and a replayed callback is refused', async () => {
  const provider = await startProvider();
  running.push({ close: () => provider.stop() });
  const port = await freePort();
  const appUrl = `http://127.0.0.1:${port}`;
  const env = { ...productionEnvironment(`${provider.url}/resource`, appUrl), ...oidcEnv(provider) };
  const instance = await startApp(env, { port });
  await provider.configure({ appUrl: instance.url, fillerBytes: 9000 });
  const person = new OidcPerson(instance.url, provider.url);
  expect(await person.login()).toBe('/login?problem=login_too_large&returnTo=%2Fnotes');
  await until(() => /"err":\{"name":"ApiError".*"code":"session_too_large"/.test(instance.output()), {
    what: 'the log line',
  });

  await provider.configure({ appUrl: instance.url, fillerBytes: 100 });
  const back = await person.answer(await person.begin(), 'ada');
  const copies = [...person.app.jar].filter(([name]) => name.startsWith('reseal_login'));
  expect(copies).toHaveLength(1);
  expect(await person.comeBack(back)).toBe('/notes');
  for (const [name, value] of copies) person.app.jar.set(name, value);
  expect(await person.comeBack(back)).toContain('problem=login_expired');
  const denied = await person.answer(await person.begin(), 'ada', 'deny');
  expect(await person.comeBack(denied)).toContain('problem=login_denied');
  const shown = /"code":"OAUTH_AUTHORIZATION_RESPONSE_ERROR","oauthError":"access_denied"/;
  await until(() => shown.test(instance.output()), { what: 'the log line' });
});
