import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  run,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { until, works } from '../../testing/until.ts';

jest.setTimeout(300_000);

const APP_URL = 'http://127.0.0.1:3000';
const REFRESH_TIMEOUT_MS = 2000;

let upstream: Upstream;
let running: Instance[];
let env: Environment;
beforeAll(ensureBuild);
beforeEach(async () => {
  upstream = await createUpstream();
  running = [];
  env = { ...productionEnvironment(upstream.url, APP_URL), REFRESH_TIMEOUT_MS: `${REFRESH_TIMEOUT_MS}` };
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.kill()));
  await upstream.close();
});

async function start(more: Environment = {}): Promise<Instance> {
  const instance = await startInstance({ ...env, ...more });
  running.push(instance);
  return instance;
}

async function login(instance: Instance): Promise<Browser> {
  const browser = new Browser(instance.url);
  // The first login of a process takes its time.
  await until(() => works(browser.login()));
  return browser;
}

/** Ends sessions in three ways on one server, kills it, and asks the next one about their cookies. */
async function endThenKill(more: Environment = {}): Promise<number[]> {
  const first = await start(more);
  const [one, refreshed, other] = [await login(first), await login(first), await login(first)];
  expect((await refreshed.refresh(1)).status).toBe(200);
  const cookies = [one.cookie, refreshed.cookie, other.cookie];
  const listed = (await infoOf(await one.whoAmI())).session.id;
  expect((await other.call(`/api/sessions/${listed}`, { method: 'DELETE' })).status).toBe(204);
  expect((await other.logout({ everywhere: true })).status).toBe(204);
  await first.kill();
  const second = new Browser((await start(more)).url);
  const statuses: number[] = [];
  for (const cookie of cookies) {
    statuses.push((await second.whoAmI({ cookie })).status);
    statuses.push((await second.refresh(undefined, { cookie })).status);
  }
  return statuses;
}

describe('a server that is killed and started again', () => {
  test('remembers with its session file which sessions were ended', async () => {
    expect(await endThenKill()).toEqual([401, 401, 401, 401, 401, 401]);
    expect(upstream.stats().reuseDetections).toBe(0);
  });

  test('forgets it without one: SESSION_STORE=memory revives what was ended', async () => {
    expect(await endThenKill({ SESSION_STORE: 'memory' })).toContain(200);
  });

  test('leads a cookie whose answer was lost to the newest pair', async () => {
    const first = await start();
    const ada = await login(first);
    const { cookie } = ada;
    await ada.refresh(1);
    await first.kill();
    const second = new Browser((await start()).url);
    const answer = await second.refresh(1, { cookie });
    expect((await infoOf(answer)).session.version).toBe(2);
    expect(upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('waits for the lease that the killed one held, because its call may still arrive', async () => {
    upstream.setOptions({ faults: { refresh: [{ kind: 'hang', times: 1 }] } });
    const first = await start();
    const ada = await login(first);
    const asking = ada.refresh(1).catch(() => null);
    await until(() => upstream.stats().refreshCalls === 1);
    await first.kill();
    const killedAtMs = Date.now();
    await asking;
    const second = new Browser((await start()).url);
    let answer = await second.refresh(1, { cookie: ada.cookie });
    while (answer.status === 503) answer = await second.refresh(1, { cookie: ada.cookie });
    expect((await infoOf(answer)).session.version).toBe(2);
    expect(Date.now() - killedAtMs).toBeGreaterThan(REFRESH_TIMEOUT_MS);
    expect(upstream.stats()).toMatchObject({ refreshCalls: 2, maxPresentations: 1, reuseDetections: 0 });
  });
});

describe('two servers on one session file', () => {
  test('refresh once between them, and end for each other', async () => {
    const [one, other] = [await start(), await start()];
    const ada = await login(one);
    const { cookie } = ada;
    const there = new Browser(other.url);
    const answers = await Promise.all(
      [ada, there, ada, there].map((browser) => browser.refresh(1, { cookie, loseCookies: true })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
    await ada.logout();
    expect(await codeOf(await there.whoAmI({ cookie }))).toBe('session_ended');
    expect(one.output() + other.output()).not.toContain('another instance');
  });
});

describe('a session file', () => {
  test('that is damaged keeps the server from starting, and the message says what to do', async () => {
    const first = await start();
    await login(first);
    await first.stop();
    await writeFile(join(env['DATA_DIR']!, 'sessions.db'), 'damaged');
    const second = run(['scripts/start.ts'], { ...env, PORT: '0' });
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/sessions\.db is damaged\. Restore a backup.+\(store_file_corrupt\)/);
    expect(second.output()).not.toMatch(/\n\s+at /);
  });

  test('holds no name, no password and no token', async () => {
    const first = await start();
    const ada = await login(first);
    await ada.refresh(1);
    const { user, session } = await infoOf(await ada.whoAmI());
    await first.stop();
    const dir = env['DATA_DIR']!;
    const bytes = (await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name))))).join('');
    // The upstream's access tokens are JWTs: each begins with the base64 of its header.
    const secrets = [user.id, user.name, 'lovelace', 'eyJhbGci', env['SESSION_PASSWORD']!];
    for (const secret of secrets) expect(bytes).not.toContain(secret);
    expect(bytes).toContain(session.id);
  });
});
