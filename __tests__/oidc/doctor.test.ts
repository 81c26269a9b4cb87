import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doctor as runDoctor, GOOD_KEY } from '../support/doctor.ts';
import { oidcEnv, resourceEnv, startProvider, type TestProvider } from '../support/testProvider.ts';

jest.setTimeout(60_000);

let provider: TestProvider;

beforeAll(async () => {
  provider = await startProvider();
  await provider.configure({ appUrl: 'https://app.example' });
});
afterAll(() => provider.stop());

const doctor = (env: Record<string, string> = {}, args: readonly string[] = []) =>
  runDoctor({ UPSTREAM_URL: provider.url, ...oidcEnv(provider), ...env }, args);

describe('the doctor', () => {
  test('finds nothing in the way of an app that is set up well, and repeats no secret', async () => {
    const { code, text } = await doctor();
    expect(text).toContain('Nothing stands in the way.');
    expect(text).not.toMatch(/FAIL|WARN/);
    for (const line of [
      'client id and secret are accepted',
      '__Host-Http-, Secure',
      'left of 8 KB',
      'within',
    ])
      expect(text).toContain(line);
    expect(text).not.toContain(GOOD_KEY);
    expect(text).not.toContain(provider.clientSecret);
    expect(code).toBe(0);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['a provider that refuses the app', { OIDC_CLIENT_SECRET: 'wrong' }, /FAIL {2}provider, this app/],
    [
      'a provider that is not there',
      { OIDC_ISSUER: 'http://127.0.0.1:9' },
      /FAIL {2}provider .*cannot be found/,
    ],
    [
      'a redirect address that is not registered',
      { APP_URL: 'https://other.example' },
      /FAIL {2}provider, authorization .*answered 400\n.*register https:\/\/other\.example\/api\/callback/,
    ],
    ['a key of few letters', { SESSION_PASSWORD: 'ab'.repeat(20) }, /FAIL {2}key 1 of 1/],
    ['an upstream that is not there', { UPSTREAM_URL: 'http://127.0.0.1:9' }, /FAIL {2}upstream/],
    ['a Redis that is not there', { REDIS_URL: 'redis://127.0.0.1:9' }, /FAIL {2}redis/],
    ['a setting that is missing', { UPSTREAM_PATHS: '' }, /FAIL {2}settings .*UPSTREAM_PATHS/],
  ])('finds %s, and says what to do', async (_, env, line) => {
    const { code, text } = await doctor(env);
    expect(text).toMatch(line);
    expect(text).toMatch(/FAIL.*\n.*→ \S/);
    expect(code).toBe(1);
  });

  test('finds a resource that the provider gives no tokens for', async () => {
    await provider.refuse('billing');
    const { code, text } = await doctor(resourceEnv(provider, ['orders', 'billing']));
    expect(text).toMatch(/FAIL {2}provider, authorization .*invalid_target\n.*UPSTREAM_<NAME>_RESOURCE/);
    expect(code).toBe(1);
    expect((await doctor(resourceEnv(provider, ['orders']))).text).toContain('Nothing stands in the way.');
  });

  test('names the redirect addresses of further origins', async () => {
    const { code, text } = await doctor({ APP_ORIGINS: 'https://*.preview.example', BASE_PATH: '' });
    expect(text).toMatch(/note {2}provider, origins .*\n.*https:\/\/\*\.preview\.example\/api\/callback/);
    expect(code).toBe(0);
  });

  test('weighs a real token, and says when it does not fit', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'answer.json');
    writeFileSync(file, JSON.stringify({ access_token: 'x'.repeat(2000), refresh_token: 'y' }));
    expect((await doctor({}, ['--token-response', file])).text).toMatch(
      / ok {3}seal size .*with the real token/,
    );
    writeFileSync(file, JSON.stringify({ access_token: 'x'.repeat(9000), refresh_token: 'y' }));
    expect((await doctor({}, ['--token-response', file])).text).toMatch(/FAIL {2}seal size .*do not fit/);
  });
});
