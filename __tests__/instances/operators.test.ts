import { spawnSync } from 'node:child_process';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { personKey } from '../../server/session/record.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { startRedisCluster } from '../../testing/redisCluster.ts';
import { describeWithRedis, startRedis } from '../../testing/redisServer.ts';
import { until, works } from '../../testing/until.ts';

jest.setTimeout(300_000);

/** Runs `npm run sessions` with the settings of a server. */
function sessions(env: Environment, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/sessions.ts', ...args], {
    env: { ...process.env, ...env } as NodeJS.ProcessEnv,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

interface Printed {
  readonly id: string;
  readonly person: string;
}
const printed = (text: string) =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Printed);

/** The audit lines of a process, by event. */
function auditOf(output: string, event: string): Record<string, unknown>[] {
  const lines = output.split('\n').filter((line) => line.includes(`"audit":"${event}"`));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

beforeAll(ensureBuild);

function testsOf(startStore: () => Promise<{ env: Environment; close(): Promise<void> }>): void {
  let upstream: Upstream;
  let store: Awaited<ReturnType<typeof startStore>>;
  let server: Instance;
  let env: Environment;

  beforeAll(async () => {
    store = await startStore();
    upstream = await createUpstream();
    env = {
      ...productionEnvironment(upstream.url, 'http://127.0.0.1:3000'),
      LOG_LEVEL: 'warn',
      ...store.env,
    };
    server = await startInstance(env);
  });
  afterAll(async () => {
    await server.kill();
    await upstream.close();
    await store.close();
  });

  async function login(username: string, password: string): Promise<Browser> {
    const browser = new Browser(server.url);
    await until(() => works(browser.login(username, password)));
    return browser;
  }

  test('the operator lists and ends sessions while the server runs', async () => {
    const [ada, alsoAda, grace] = [
      await login('ada', 'lovelace'),
      await login('ada', 'lovelace'),
      await login('grace', 'hopper'),
    ];
    const { user, session } = await infoOf(await ada.whoAmI());
    const own = printed(sessions(env, 'list', '--user', user.id, '--json').stdout);
    expect(own.map(({ id }) => id)).toContain(session.id);
    expect(own.map(({ person }) => person)).toEqual([personKey(user.id), personKey(user.id)]);
    expect(printed(sessions(env, 'list', '--all', '--json').stdout)).toHaveLength(3);

    const ending = sessions(env, 'end', '--user', user.id);
    expect([ending.status, ending.stderr]).toEqual([0, 'ended every session of 1 person\n']);
    expect(auditOf(ending.stdout, 'session_ended')).toMatchObject([
      { by: 'operator', person: personKey(user.id), everywhere: true },
    ]);
    expect(await codeOf(await ada.whoAmI())).toBe('session_ended');
    expect(await codeOf(await alsoAda.refresh(1))).toBe('session_ended');
    expect((await grace.whoAmI()).status).toBe(200);
    expect(printed(sessions(env, 'list', '--all', '--json').stdout)).toHaveLength(1);

    const again = await login('ada', 'lovelace');
    expect((await again.whoAmI()).status).toBe(200);
    expect(sessions(env, 'end', '--all').stderr).toBe('ended every session of 2 people\n');
    expect(await codeOf(await again.whoAmI())).toBe('session_ended');
    expect(await codeOf(await grace.refresh(1))).toBe('session_ended');
  });

  test('the server writes an audit line for each event, whatever its log level', async () => {
    const ada = await login('ada', 'lovelace');
    const other = await login('ada', 'lovelace');
    const { user, session } = await infoOf(await ada.whoAmI());
    const person = personKey(user.id);
    await other.call(`/api/sessions/${session.id}`, { method: 'DELETE' });
    await other.logout();
    const logins = auditOf(server.output(), 'login').filter(({ session: id }) => id === session.id);
    expect(logins).toMatchObject([{ audit: 'login', person, session: session.id }]);
    expect(logins[0]).toHaveProperty('requestId');
    const ended = auditOf(server.output(), 'session_ended');
    expect(ended.slice(-2)).toMatchObject([
      { by: 'person', reason: 'logout', person, session: session.id },
      { by: 'person', reason: 'logout', person, everywhere: false },
    ]);
    expect(server.output()).not.toContain(user.name);

    const dying = await login('ada', 'lovelace');
    // The issuer rotates and its answer is lost: the token that the session has is used up.
    upstream.setOptions({ faults: { refresh: [{ kind: 'dropAfterRotate', times: 1 }] } });
    await until(async () => (await dying.refresh(1)).status === 401, { what: 'the refusal' });
    const refusals = () => auditOf(server.output(), 'refresh_refused');
    await until(() => refusals().length > 0, { what: 'the audit line' });
    expect(refusals()).toMatchObject([{ version: 1 }]);
  });
}

describe('a server with a session file', () => {
  testsOf(async () => ({ env: {}, close: async () => undefined }));
});

describeWithRedis('a server with one Redis', () => {
  testsOf(async () => {
    const redis = await startRedis();
    return { env: { REDIS_URL: redis.url }, close: () => redis.close() };
  });
});

describeWithRedis('a server with a Redis Cluster', () => {
  testsOf(async () => {
    const cluster = await startRedisCluster();
    return { env: { REDIS_URL: cluster.url }, close: () => cluster.close() };
  });
});

test('the operator is told why nothing can be listed', () => {
  const env = productionEnvironment('http://127.0.0.1:9', 'http://127.0.0.1:3000');
  expect(sessions(env).stderr).toContain('npm run sessions -- list');
  expect(sessions({ ...env, SESSION_STORE: 'memory' }, 'list', '--all')).toMatchObject({ status: 1 });
  const away = sessions({ ...env, REDIS_URL: 'redis://127.0.0.1:9' }, 'list', '--all');
  expect([away.status, away.stderr]).toEqual([1, 'The session store cannot be reached (ECONNREFUSED).\n']);
});
