import { spawnSync } from 'node:child_process';
import { memoryStore } from '../../../server/store/tableStore.ts';
import { systemClock } from '../../../server/clock.ts';
import { createLog } from '../../../server/ops/log.ts';
import { ourError } from '../../../server/resealError.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { requestText, sendRaw } from './rawClient.ts';
import { startSignedInApp } from '../../support/signedInApp.ts';

let app: AppWithUpstream | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const get = (path: string, ...headers: string[]) =>
  sendRaw(app?.url ?? '', requestText(`GET ${path}`, headers));

describe('health', () => {
  test('needs no header, and tells of the process alone unless it is asked for more', async () => {
    let isUp = true;
    const store = memoryStore(systemClock);
    store.ready = async () => {
      if (!isUp) throw new Error('unreachable');
    };
    app = await startAppWithUpstream({}, { parts: { store } });
    for (const path of ['/api/health', '/api/health?ready', '/api/health?ready=1', '/api/health?a=b&ready'])
      expect((await get(path)).status).toBe(200);
    isUp = false;
    expect((await get('/api/health')).status).toBe(200);
    expect((await get('/api/health?already')).status).toBe(200);
    const answer = await get('/api/health?ready');
    expect([answer.status, answer.headers.get('x-reseal-reason')]).toEqual([503, ['upstream_unavailable']]);
    expect(answer.headers.get('retry-after')).toEqual(['1']);
  });
});

describe('metrics', () => {
  const isOpen = async (...headers: string[]) => {
    const { status, body } = await get('/api/metrics', ...headers);
    expect(status === 200).toBe(body.includes('reseal_'));
    expect([200, 404]).toContain(status);
    return status === 200;
  };

  test('are for the machine itself, and for no client behind a proxy', async () => {
    app = await startAppWithUpstream();
    expect(await isOpen()).toBe(true);
    expect(await isOpen('X-Forwarded-For: 127.0.0.1')).toBe(true);
    expect(await isOpen('X-Forwarded-For: ::ffff:127.0.0.1')).toBe(true);
    for (const header of [
      'X-Forwarded-For: 203.0.113.1',
      'X-Forwarded-For: 127.0.0.1, 203.0.113.1',
      'X-Forwarded-For: 203.0.113.1, 127.0.0.1',
      'Forwarded: for=127.0.0.1',
      'X-Real-IP: 203.0.113.1',
      'Via: 1.1 proxy',
    ])
      // prettier-ignore
      expect([header, await isOpen(header)]).toEqual([header, false]);
  });

  test('are for clients that know the token, and then for no others', async () => {
    const token = 'a-token-for-the-metrics';
    app = await startAppWithUpstream({}, { env: { METRICS_TOKEN: token } });
    expect(await isOpen(`Authorization: Bearer ${token}`)).toBe(true);
    expect(await isOpen(`Authorization: Bearer ${token}`, 'X-Forwarded-For: 203.0.113.1')).toBe(true);
    for (const given of [
      '',
      'Bearer',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      token,
    ])
      expect(await isOpen(`Authorization: ${given}`)).toBe(false);
    expect(await isOpen()).toBe(false);
  });

  test('count what happens, and name no person, no session and no path', async () => {
    app = await startAppWithUpstream();
    const ada = new Browser(app.url);
    const { session } = await ada.login();
    await ada.refresh(1);
    await ada.call('/api/upstream/me');
    await ada.whoAmI({ cookie: 'reseal=garbage' });
    const { body } = await get('/api/metrics');
    expect(body).toMatch(/^reseal_renewals_total\{outcome="renewed"\} 1$/m);
    expect(body).toMatch(/^reseal_issuer_calls_total\{answer="granted"\} 1$/m);
    expect(body).toMatch(/^reseal_upstream_headers_seconds_count 1$/m);
    expect(body).toMatch(/^reseal_seals_rejected_total 1$/m);
    expect(body).not.toMatch(new RegExp(`${session.id}|ada|/me|127\\.0\\.0\\.1`));
  });
});

describe('a request id', () => {
  test('that came with a request goes to log, issuer, upstream and back', async () => {
    const ids: unknown[] = [];
    const app = await startSignedInApp((req, res) => {
      ids.push(req.headers['x-request-id']);
      res.writeHead(418, { 'X-Request-Id': 'theirs' }).end();
    });
    const headers = { 'X-Request-Id': 'from-the-edge-1' };
    const response = await app.ada.call('/api/upstream/notes', { headers });
    expect([response.headers.get('x-request-id'), ids]).toEqual(['from-the-edge-1', ['from-the-edge-1']]);
    await app.ada.call('/api/upstream/nowhere', { headers });
    const line = app.logged().trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      requestId: 'from-the-edge-1',
      code: 'path_not_allowed',
      status: 404,
      name: 'reseal',
    });
    await app.close();
  });

  test.each([
    'short',
    'with space in it',
    '"quoted-12345"',
    'x'.repeat(65),
    '{"a":"b","c":1}',
    '한국어한국어한국어'.slice(0, 0),
  ])('that cannot stand in a log line is replaced: %s', async (given) => {
    app = await startAppWithUpstream();
    const answer = await get('/api/health', `X-Request-Id: ${given}`);
    expect(answer.headers.get('x-request-id')?.[0]).toMatch(/^[\da-f-]{36}$/);
  });
});

describe('the log', () => {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  beforeEach(() => void lines.splice(0));

  test('is one JSON object a line with level, time and name', () => {
    log.info({ requestId: 'x' }, 'said');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 30,
      name: 'reseal',
      requestId: 'x',
      msg: 'said',
      time: expect.any(Number),
    });
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
  });

  test('keeps the name and the code of an error of others, and no value from its message', () => {
    const secret = 'canary-secret';
    const errors: unknown[] = [
      new TypeError(`The "token" argument must be of type string. Received '${secret}'`),
      new SyntaxError(`Unexpected token in JSON: ${secret}`),
      Object.assign(new Error(`connect ${secret}`), {
        code: 'ECONNREFUSED',
        token: secret,
        headers: { cookie: secret },
      }),
      ourError('The issuer answered 500.', { cause: new Error(secret, { cause: new Error(secret) }) }),
      new AggregateError([new Error(secret)], secret),
      secret,
      { secret },
      undefined,
    ];
    for (const err of errors) log.error({ err }, 'failed');
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toContain('ECONNREFUSED');
    expect(lines.join('')).toContain('The issuer answered 500.');
  });

  test('is written at the level info where the level does not exist', () => {
    for (const level of ['', 'loud', 'constructor'])
      expect(createLog(level, { write: () => undefined }).level).toBe('info');
  });
});

test('a server without settings answers with a problem, and its log says what is missing', () => {
  const script = `
    import { createServer } from 'node:http';
    import route from './pages/api/[[...reseal]].ts';
    const server = createServer((req, res) => void route(req, res)).listen(0, '127.0.0.1', async () => {
      const answer = await fetch('http://127.0.0.1:' + server.address().port + '/api/health');
      console.log(await answer.text());
      process.exit();
    });`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production', UPSTREAM_URL: '', LOG_LEVEL: '' },
  });
  const [logged = '', answered = ''] = stdout.trim().split('\n');
  expect(JSON.parse(logged)).toMatchObject({ level: 50, code: 'misconfigured' });
  expect(logged).toContain('UPSTREAM_URL is missing:');
  expect(JSON.parse(answered)).toMatchObject({ status: 500, code: 'misconfigured' });
  expect(answered).not.toContain('UPSTREAM_URL');
});
