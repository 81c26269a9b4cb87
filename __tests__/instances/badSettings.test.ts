import { createRequire } from 'node:module';
import {
  ensureBuild,
  productionEnvironment,
  run,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { freePort } from '../../testing/redisServer.ts';

jest.setTimeout(60_000);

const nextBin = createRequire(import.meta.url).resolve('next/dist/bin/next');
const SECRET = 'canary-0123456789-value';
const good = productionEnvironment('http://127.0.0.1:9', 'https://app.example');

beforeAll(ensureBuild, 120_000);

const commands: Readonly<Record<string, (port: number) => readonly string[]>> = {
  'npm start': () => ['scripts/start.ts'],
  'next start': (port) => [nextBin, 'start', '-H', '127.0.0.1', '-p', String(port)],
};

const bad: readonly (readonly [name: string, value: string])[] = [
  ['REDIS_URL', `redis://:${SECRET}/x@redis.example:6379`],
  ['REDIS_URL', `redis://:${SECRET}%@redis.example:6379`],
  ['REDIS_URL', `redis://:${SECRET}@redis.example:99999`],
  ['APP_URL', `https://app.example/${SECRET}`],
  ['SESSION_PASSWORD', 'password12345678901234567890123456'],
  ['OIDC_ISSUER', `https://user:${SECRET}@id.example`],
];

describe.each(Object.entries(commands))('%s', (_, commandOf) => {
  let child: ReturnType<typeof run>;
  afterEach(() => child.kill());

  test.each(bad)('ends with code 1 where %s is %s, and does not print the value', async (name, value) => {
    const port = await freePort();
    const oidc = name === 'OIDC_ISSUER' ? { OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 'y' } : {};
    const env: Environment = { ...good, ...oidc, [name]: value, PORT: String(port), HOSTNAME_TO_BIND: '127.0.0.1' };
    child = run(commandOf(port), env);
    expect(await child.exited).toBe(1);
    expect(child.output()).toContain(name);
    expect(child.output()).not.toContain(value);
    expect(child.output()).not.toMatch(/canary|password1234/);
  });
}); // prettier-ignore

describe('headers that settings decide', () => {
  const running: Instance[] = [];
  afterEach(async () => {
    for (const instance of running.splice(0)) await instance.kill();
  });
  const start = async (env: Environment) => {
    const instance = await startInstance({ ...good, ...env });
    running.push(instance);
    return (path: string, proto = 'https') =>
      fetch(instance.url + path, { headers: { 'X-Forwarded-Proto': proto }, redirect: 'manual' });
  };
  const PATHS = ['/', '/login', '/nowhere', '/api/user', '/api/health', '/_next/nothing.js'];

  test('HSTS is read when the server starts, and is on every answer on https', async () => {
    const value = 'max-age=600; includeSubDomains';
    const get = await start({ HSTS: value });
    for (const path of PATHS) {
      expect([path, (await get(path)).headers.get('strict-transport-security')]).toEqual([path, value]);
      expect([path, (await get(path, 'http')).headers.get('strict-transport-security')]).toEqual([
        path,
        null,
      ]);
    }
  });

  test('HSTS=off sends none', async () => {
    const get = await start({ HSTS: 'off' });
    for (const path of PATHS)
      expect([path, (await get(path)).headers.get('strict-transport-security')]).toEqual([path, null]);
  });

  test('pages report to CSP_REPORT_URI, and without it to no one', async () => {
    const uri = 'https://reports.example/csp';
    const [reporting, silent] = [await start({ CSP_REPORT_URI: uri }), await start({})];
    const page = await reporting('/login');
    expect(page.headers.get('content-security-policy')).toContain(`; report-uri ${uri}; report-to csp`);
    expect(page.headers.get('content-security-policy')).toContain("'nonce-");
    expect(page.headers.get('reporting-endpoints')).toBe(`csp="${uri}"`);
    const other = await silent('/login');
    expect(other.headers.get('content-security-policy')).not.toContain('report');
    expect(other.headers.get('reporting-endpoints')).toBeNull();
    expect(other.headers.get('strict-transport-security')).toBe('max-age=63072000');
  });
});
