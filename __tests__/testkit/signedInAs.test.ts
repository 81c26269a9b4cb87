import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import axios, { type AxiosError } from 'axios';
import type { SessionInfo } from '../../contract/user.ts';
import { createReauth } from '../../interceptors/index.ts';
import {
  signedInAs,
  startIssuer,
  startUpstream,
  type SignedInFetch,
  type TestUpstream,
  type UpstreamOptions,
} from '../../testkit/index.ts';
import { startApp, type App } from '../support/app.ts';

// The first test loads and transforms the backend.
jest.setTimeout(30_000);

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An app before the kit's backend, and ada in it. */
async function start(startKit: (options?: UpstreamOptions) => Promise<TestUpstream>) {
  const upstream = await startKit();
  const app = await startApp(upstream.url, { env: upstream.env });
  closers.push(upstream.close, app.close);
  return { upstream, app, ada: await signedInAs(fetch, 'ada', { url: app.url }) };
}

/** The engine over the session of a person, as a browser runs it. */
function engineOf({ fetch }: SignedInFetch, { url }: App) {
  const http = axios.create({ adapter: 'fetch', env: { fetch }, headers: { 'X-Reseal': '1' } });
  createReauth({
    refresh: ({ staleVersion, signal }) =>
      http.post<SessionInfo>(`${url}/api/user`, { staleVersion }, { signal }).then(({ data }) => data),
  }).attach(http);
  return { get: (path: string) => http.get<unknown>(`${url}/api/upstream${path}`) };
}

const refresh = ({ fetch }: SignedInFetch, staleVersion = 1) =>
  fetch('/api/user', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ staleVersion }),
  });

const reasonOf = ({ status, headers }: Response) => `${status} ${headers.get('x-reseal-reason')}`;

describe.each([
  ['password', startUpstream],
  ['OIDC', startIssuer],
] as const)('in %s mode', (_mode, startKit) => {
  test('a session without a browser refreshes: ten requests over an expired token cost one refresh', async () => {
    const { upstream, app, ada } = await start(startKit);
    const http = engineOf(ada, app);
    expect((await http.get('/me')).data).toMatchObject({ name: 'Ada Lovelace' });
    for (let life = 1; life <= 3; life += 1) {
      upstream.expireAccessTokens('ada');
      const answers = await Promise.all(Array.from({ length: 10 }, () => http.get('/me')));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      const { refreshesGranted, maxPresentations, reuseDetections } = upstream.stats();
      expect([refreshesGranted, maxPresentations, reuseDetections]).toEqual([life, 1, 0]);
    }
  });

  test('the switches for one user leave the sessions of the others alone', async () => {
    const { upstream, app, ada } = await start(startKit);
    const grace = await signedInAs(fetch, 'grace', { url: app.url });
    upstream.expireAccessTokens('grace');
    const statuses = async () =>
      Promise.all([ada, grace].map(async (user) => (await user.fetch('/api/upstream/me')).status));
    expect(await statuses()).toEqual([200, 401]);
    expect((await refresh(grace)).status).toBe(200);
    upstream.revoke('ada');
    expect(await statuses()).toEqual([401, 200]);
    expect(reasonOf(await refresh(ada))).toBe('401 session_ended');
  });

  test('an issuer that is down keeps the session, refuses logins, and is found again when it is up', async () => {
    const { upstream, app, ada } = await start(startKit);
    upstream.issuerDown();
    expect(reasonOf(await refresh(ada))).toBe('503 upstream_unavailable');
    expect((await ada.fetch('/api/upstream/me')).status).toBe(200);
    await expect(signedInAs(fetch, 'grace', { url: app.url })).rejects.toThrow(/503/);
    upstream.issuerUp();
    expect((await ada.fetch('/api/user')).status).toBe(200);
    expect((await signedInAs(fetch, 'grace', { url: app.url })).user.name).toBe('Grace Hopper');
  });

  test('an answer is lost after the rotation: the issuer granted the refresh, and the app learns nothing of it', async () => {
    const { upstream, ada } = await start(startKit);
    upstream.loseNextAnswer();
    expect(reasonOf(await refresh(ada))).toBe('503 upstream_unavailable');
    const { refreshesGranted, reuseDetections } = upstream.stats();
    expect([refreshesGranted, reuseDetections]).toEqual([1, 0]);
  });

  test.each([
    ['revoke', '401 session_ended'],
    ['leeway', '200 null'],
  ] as const)(
    'after a lost answer the next refresh of a session meets an issuer with reuse: %s, and is answered %s',
    async (reuse, expected) => {
      const { upstream, ada } = await start(() => startKit({ reuse }));
      upstream.loseNextAnswer();
      let answer = await refresh(ada);
      for (; answer.status === 503; answer = await refresh(ada))
        await pause(1000 * Number(answer.headers.get('retry-after')));
      expect(reasonOf(answer)).toBe(expected);
    },
  );

  test('a wrong password and an unknown user are refused, with the reason', async () => {
    const { upstream, app } = await start(startKit);
    const login = (who: Parameters<typeof signedInAs>[1]) => signedInAs(fetch, who, { url: app.url });
    await expect(login({ username: 'ada', password: 'babbage' })).rejects.toThrow(/401/);
    await expect(login('charles')).rejects.toThrow('No password is known for "charles"');
    expect(() => upstream.revoke('charles')).toThrow('No account is called "charles": ada, grace.');
  });
});

test('a response that is no success reaches the engine as an error with its response', async () => {
  const { upstream, app, ada } = await start(startUpstream);
  upstream.revoke('ada');
  const failed = await engineOf(ada, app)
    .get('/me')
    .catch((error: unknown) => error as AxiosError);
  expect(failed).toMatchObject({ code: 'ERR_SESSION_ENDED' });
});

test('the test kit names the packages that its backend needs where fastify is not installed', () => {
  const withoutFastify = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      return next(name === 'fastify' ? 'fastify-is-absent' : name, context);
    } });`;
  const { stderr, status } = spawnSync(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(withoutFastify)}`,
      '--input-type=module',
      '--eval=await (await import("./testkit/index.ts")).startUpstream()',
    ],
    { encoding: 'utf8' },
  );
  expect(status).toBe(1);
  expect(stderr).toContain('npm install --save-dev fastify @fastify/multipart');
});
