import { MAX_SESSION_NAME, type PersonSessions } from '../../contract/sessions.ts';
import { Browser, codeOf, type CallOptions } from '../../testing/browser.ts';
import { startCluster, type Cluster } from './refresh/cluster.ts';

let cluster: Cluster;
let laptop: Browser;
let laptopId: string;
let phone: Browser;
let phoneId: string;

async function begin(options: Parameters<typeof startCluster>[0] = {}) {
  cluster = await startCluster(options);
  [laptop, phone] = [new Browser(cluster.app.url), new Browser(cluster.app.url)];
  laptopId = (await laptop.login()).session.id;
  phoneId = (await phone.login()).session.id;
}
afterEach(() => cluster.close());

const name = (browser: Browser, id: string, json: unknown, options: CallOptions = {}) =>
  browser.call(`/api/sessions/${id}`, { method: 'PATCH', json, ...options });

async function listOf(browser: Browser, headers: Record<string, string> = {}) {
  const { sessions } = (await (await browser.call('/api/sessions', { headers })).json()) as PersonSessions;
  return new Map(sessions.map((one) => [one.id, one]));
}

describe('the name of a session', () => {
  test('is given by its person, to this session or another, and is read from every session', async () => {
    await begin();
    const answer = await name(laptop, phoneId, { name: '  Ada’s \n phone 📱 ' });
    expect([answer.status, await answer.text(), answer.headers.getSetCookie()]).toEqual([204, '', []]);
    expect((await name(laptop, laptopId, { name: '노트북' })).status).toBe(204);
    for (const browser of [laptop, phone]) {
      const list = await listOf(browser);
      expect(list.get(phoneId)?.name).toBe('Ada’s phone 📱');
      expect(list.get(laptopId)?.name).toBe('노트북');
    }
  });

  test('stays over refreshes, is changed, and is taken away by null or by an empty name', async () => {
    await begin();
    await name(laptop, phoneId, { name: 'Phone' });
    await phone.refresh(1);
    expect((await listOf(laptop)).get(phoneId)?.name).toBe('Phone');
    await name(phone, phoneId, { name: 'Old phone' });
    expect((await listOf(laptop)).get(phoneId)?.name).toBe('Old phone');
    for (const nothing of [null, '', '   ']) {
      await name(phone, phoneId, { name: 'Phone' });
      await name(phone, phoneId, { name: nothing });
      expect((await listOf(laptop)).get(phoneId)).not.toHaveProperty('name');
    }
  });

  test('is refused where it is too long, no text, or holds what would not be shown as it is', async () => {
    await begin();
    const longest = 'x'.repeat(MAX_SESSION_NAME);
    expect((await name(laptop, phoneId, { name: longest })).status).toBe(204);
    const wrong = [`${longest}x`, 'a\u0000b', 'a\u202eb', 'a\u2066b', 7, ['x'], undefined];
    for (const one of wrong)
      expect(await codeOf(await name(laptop, phoneId, { name: one }))).toBe('invalid_request');
    const noJson = { method: 'PATCH', body: 'name=x', headers: { 'Content-Type': 'text/plain' } };
    expect(await codeOf(await laptop.call(`/api/sessions/${phoneId}`, noJson))).toBe(
      'unsupported_media_type',
    );
    expect((await listOf(laptop)).get(phoneId)?.name).toBe(longest);
  });

  test('is not given by another person, another site, another person’s page or a cookie that is worth nothing', async () => {
    await begin();
    const grace = new Browser(cluster.app.url);
    await grace.login('grace', 'hopper');
    const mine = { name: 'Mine now' };
    expect(await codeOf(await name(grace, phoneId, mine))).toBe('not_found');
    expect(await codeOf(await name(laptop, 'AAAAAAAAAAAAAAAAAAAAAA', mine))).toBe('not_found');
    expect(await codeOf(await name(laptop, phoneId, mine, { headers: { 'X-Reseal': '' } }))).toBe(
      'csrf_rejected',
    );
    const foreign = { headers: { Origin: 'https://evil.example' } };
    expect(await codeOf(await name(laptop, phoneId, mine, foreign))).toBe('csrf_rejected');
    const other = { headers: { 'X-Reseal': phoneId } };
    expect(await codeOf(await name(laptop, phoneId, mine, other))).toBe('session_changed');
    expect(await codeOf(await name(laptop, phoneId, mine, { cookie: '' }))).toBe('no_session');
    await phone.logout();
    expect(await codeOf(await name(laptop, phoneId, mine))).toBe('not_found');
    for (const { name: given } of (await listOf(laptop)).values()) expect(given).toBeUndefined();
  });

  test('can be given to this session after the store lost its memory; while the store is away it cannot', async () => {
    await begin();
    const restarted = await cluster.start({ ownMemory: true });
    const there = new Browser(restarted.url);
    for (const [key, value] of laptop.jar) there.jar.set(key, value);
    expect((await name(there, laptopId, { name: 'Laptop' })).status).toBe(204);
    expect((await listOf(there)).get(laptopId)?.name).toBe('Laptop');
    for (const method of ['sessionsOf', 'setName']) {
      cluster.trouble.down = (call) => call === method;
      const refusal = await name(laptop, laptopId, { name: 'Laptop' });
      expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '1']);
    }
  });
});

describe('the network of a session', () => {
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
  const login = { method: 'POST', json: { username: 'ada', password: 'lovelace' } };

  test.each([
    ['198.51.100.77', '198.51.100.0/24'],
    ['198.51.100.77:4711', '198.51.100.0/24'],
    ['2001:db8:aa:bb:cc:dd:ee:ff', '2001:db8:aa::/48'],
    ['::ffff:198.51.100.77', '198.51.100.0/24'],
  ])('is the address that the trusted proxy saw, shortened: %s', async (address, network) => {
    await begin({ app: { settings: { trustedProxies: 1 } } });
    await phone.call('/api/login', { ...login, ...from(address) });
    const shown = [...(await listOf(laptop, from('203.0.113.9').headers)).values()];
    expect(shown.map((one) => one.network)).toEqual(['203.0.113.0/24', network]);
    expect(JSON.stringify(shown)).not.toMatch(/\.77|ee:ff/);
  });

  test('is the one of its last refresh', async () => {
    await begin({ app: { settings: { trustedProxies: 1 } } });
    await phone.call('/api/user', { method: 'POST', json: { staleVersion: 1 }, ...from('192.0.2.1') });
    expect((await listOf(laptop)).get(phoneId)?.network).toBe('192.0.2.0/24');
  });

  test('is not said where all people share the address of a proxy that is not trusted', async () => {
    await begin();
    await phone.call('/api/login', { ...login, ...from('198.51.100.77') });
    const shown = [...(await listOf(laptop, from('203.0.113.9').headers)).values()];
    expect(shown).toHaveLength(2);
    for (const one of shown) expect(one).not.toHaveProperty('network');
  });
});
