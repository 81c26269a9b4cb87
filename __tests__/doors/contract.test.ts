import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { until } from '../../testing/until.ts';
import { DOORS, startHost, type Host } from './doors.ts';

const MEGABYTE = 1024 * 1024;

describe.each(Object.entries(DOORS))('the door of %s', (name, door) => {
  let host: Host;
  let ada: Browser;
  beforeAll(async () => (host = await startHost({ door })));
  afterAll(() => host.close());
  beforeEach(async () => {
    host.upstream.reset();
    ada = new Browser(host.url);
    await ada.login();
  });

  test('a login writes both cookies, and the session is known from then on', async () => {
    expect([...ada.jar.keys()]).toEqual(expect.arrayContaining(['reseal', 'reseal_hint']));
    expect((await infoOf(await ada.whoAmI())).user.name).toContain('Ada');
  });

  test('a wrong password, malformed JSON and an unknown address are answered as problem documents', async () => {
    const login = (body: string) =>
      ada.call('/api/login', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
    const wrong = await login('{"username":"ada","password":"wrong"}');
    expect([wrong.status, await codeOf(wrong)]).toEqual([401, 'invalid_credentials']);
    // A parser in front of Reseal answers malformed JSON itself.
    const isParsedBefore = name.includes('express.json()');
    expect((await login('{x')).headers.get('X-Reseal-Reason')).toBe(
      isParsedBefore ? null : 'invalid_request',
    );
    const proxied = await ada.call('/api/upstream/nowhere');
    expect([proxied.status, await codeOf(proxied)]).toEqual([404, 'path_not_allowed']);
  });

  test('a call without the header, from another site or for another session does nothing', async () => {
    const { cookie } = ada;
    const bare = await fetch(`${host.url}/api/logout`, { method: 'POST', headers: { Cookie: cookie } });
    expect([bare.status, await codeOf(bare)]).toEqual([403, 'csrf_rejected']);
    const foreign = await ada.call('/api/user', { headers: { Origin: 'https://elsewhere.example' } });
    expect(await codeOf(foreign)).toBe('csrf_rejected');
    const other = await ada.call('/api/upstream/notes', {
      method: 'POST',
      json: { text: 'for another' },
      headers: { 'X-Reseal': 'AAAAAAAAAAAAAAAAAAAAAA' },
    });
    expect([other.status, await codeOf(other)]).toEqual([409, 'session_changed']);
    expect((await ada.whoAmI()).status).toBe(200);
    expect(host.upstream.stats().apiCalls).toBe(0);
  });

  test('JSON goes up, and an answer with a body comes down', async () => {
    const made = await ada.call('/api/upstream/notes', { method: 'POST', json: { text: `through ${name}` } });
    expect(made.status).toBe(201);
    expect(await (await ada.call('/api/upstream/notes')).text()).toContain(`through ${name}`);
    expect(made.headers.get('Cache-Control')).toContain('private');
  });

  test('an upload of megabytes arrives whole', async () => {
    const body = new Uint8Array(3 * MEGABYTE).fill(7);
    const echo = await ada.call('/api/upstream/echo', { method: 'POST', body });
    expect(await echo.json()).toMatchObject({ body: { length: body.length } });
  });

  test('the first event of a stream arrives while it is open, and a client that leaves ends it upstream', async () => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const response = await ada.call('/api/upstream/events', { signal });
    const { value } = await response.body!.getReader().read();
    expect(value?.length).toBeGreaterThan(0);
    const metrics = async () => (await fetch(`${host.url}/api/metrics`)).text();
    expect(await metrics()).toMatch(/^reseal_upstream_calls 1$/m);
    leaving.abort();
    await until(async () => /^reseal_upstream_calls 0$/m.test(await metrics()), {
      withinMs: 5000,
      what: 'the end of the call upstream',
    });
  });

  test('twenty calls over a dead token, refreshed by twenty callers, cost one refresh', async () => {
    host.upstream.expireAccessTokens();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ada.call('/api/upstream/me')));
    for (const answer of answers) {
      expect([answer.status, await codeOf(answer)]).toEqual([401, 'token_expired']);
      expect(answer.headers.get('X-Reseal-Version')).toBe('1');
    }
    const refreshed = await Promise.all(answers.map(() => ada.refresh(1)));
    for (const answer of refreshed) expect((await infoOf(answer)).session.version).toBe(2);
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('a logout ends the session for every copy of its cookie', async () => {
    const { cookie } = ada;
    expect((await ada.logout()).status).toBe(204);
    expect(ada.jar.has('reseal')).toBe(false);
    const copy = await ada.whoAmI({ cookie });
    expect([copy.status, await codeOf(copy)]).toEqual([401, 'session_ended']);
    await until(() => host.upstream.stats().revocations === 1, { withinMs: 5000, what: 'a revocation' });
  });
});
