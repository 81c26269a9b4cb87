import { startAppWithUpstream, type AppWithUpstream } from '../support/app.ts';
import { Browser, infoOf, type CallOptions } from '../../testing/browser.ts';
import { deferred } from '../support/deferred.ts';

jest.setTimeout(30_000);

let app: AppWithUpstream;

beforeEach(async () => {
  app = await startAppWithUpstream({ accessTtlSeconds: 600 });
});
afterEach(() => app.close());

/** A shared cache as a careless operator runs it: whatever may be stored by RFC 9111 §3 is. */
class SharedCache {
  readonly stored = new Map<string, Response>();
  private asked = 0;

  async call(browser: Browser, path: string, options: CallOptions): Promise<Response> {
    this.asked += 1;
    const key = `${options.method ?? 'GET'} ${path}`;
    const kept = this.stored.get(key);
    if (kept) return kept.clone();
    const answer = await browser.call(path, options);
    const control = answer.headers.get('cache-control') ?? '';
    const mayStore = !/\bprivate\b|\bno-store\b/.test(control) && answer.headers.get('vary') !== '*';
    if (mayStore) this.stored.set(key, answer.clone());
    return answer;
  }

  get count(): number {
    return this.asked;
  }
}

const CALLS: readonly [string, CallOptions][] = [
  ['/api/user', {}],
  ['/api/user', { method: 'POST', json: { staleVersion: 0 } }],
  ['/api/user', { cookie: '' }],
  ['/api/user', { cookie: 'reseal=x' }],
  ['/api/user', { method: 'DELETE' }],
  ['/api/user', { headers: { 'X-Reseal': '' } }],
  ['/api/login', { method: 'POST', json: { username: 'ada', password: 'wrong' } }],
  ['/api/login', {}],
  ['/api/callback?code=x&state=y', {}],
  ['/api/upstream/me', {}],
  ['/api/upstream/notes', {}],
  ['/api/upstream/notes/nowhere', {}],
  ['/api/upstream/echo/a.css', {}],
  ['/api/upstream/echo/a.js?v=1', {}],
  ['/api/upstream/secret', {}],
  ['/api/logout', { method: 'POST', json: {} }],
];

/** Headers of which some cache or framework does not make its key; none may change an answer. */
const UNKEYED = ['X-Forwarded-Host', 'X-Host', 'X-Forwarded-Scheme', 'X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Proto', 'X-HTTP-Method-Override', 'X-Middleware-Subrequest', 'X-Nextjs-Data', 'Forwarded']; // prettier-ignore

test('a shared cache between two people keeps nothing, and serves neither the other’s session', async () => {
  const cache = new SharedCache();
  const [ada, grace] = [new Browser(app.url), new Browser(app.url)];
  await ada.login();
  await grace.login('grace', 'hopper');
  for (const [path, options] of CALLS) {
    for (const browser of [ada, grace]) await cache.call(browser, path, options);
  }
  console.log(`shared cache: ${cache.count} answers, ${cache.stored.size} stored`);
  expect([...cache.stored.keys()]).toEqual([]);
});

test('every answer that sets a cookie forbids every cache to keep it (CVE-2025-48947)', async () => {
  const ada = new Browser(app.url);
  const answers = [
    await ada.call('/api/login', { method: 'POST', json: { username: 'ada', password: 'lovelace' } }),
    await ada.refresh(1),
    await ada.logout(),
  ];
  for (const answer of answers) {
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(0);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  }
});

test('no header outside a cache’s key changes an answer or comes back in it', async () => {
  const ada = new Browser(app.url);
  await ada.login();
  for (const name of UNKEYED) {
    for (const path of ['/api/user', '/api/login', '/api/health']) {
      const answer = await ada.call(path, { headers: { [name]: 'evil.example' } });
      const plain = await ada.call(path);
      expect([name, path, answer.status]).toEqual([name, path, plain.status]);
      const text = JSON.stringify([...answer.headers]) + (await answer.text());
      expect(text).not.toContain('evil.example');
    }
  }
});

describe('a concurrency cache (CVE-2025-67490, CVE-2026-40155)', () => {
  const PEOPLE = 20;

  test('hands each of twenty sessions that refresh together its own tokens, no matter which call waits for which', async () => {
    const gate = deferred();
    app.upstream.setOptions({ hooks: { beforeRefresh: () => gate.promise } });
    const people = Array.from({ length: PEOPLE }, () => new Browser(app.url));
    const sessions = await Promise.all(
      people.map((person, index) => (index % 2 ? person.login('grace', 'hopper') : person.login())),
    );
    const refreshes = people.flatMap((person) => [1, 2, 3].map(() => person.refresh(1)));
    gate.resolve();
    const answers = await Promise.all(refreshes.map(async (answer) => infoOf(await answer)));
    answers.forEach(({ session, user }, index) => {
      const expected = sessions[Math.floor(index / 3)]!;
      expect([session.id, user.id]).toEqual([expected.session.id, expected.user.id]);
    });
    expect(app.upstream.stats().refreshCalls).toBe(PEOPLE);
    const tokens = await Promise.all(
      people.map(async ({ cookie }) => (await app.runtime.cookies.open(cookie))!.pair.accessToken),
    );
    expect(new Set(tokens).size).toBe(PEOPLE);
  });

  test('of opened seals and of proxied answers gives no one another’s', async () => {
    const [ada, grace] = [new Browser(app.url), new Browser(app.url)];
    await ada.login();
    await grace.login('grace', 'hopper');
    const rounds = Number(process.env['RUNS'] ?? 0) || 200;
    let mixed = 0;
    for (let round = 0; round < rounds; round += 20) {
      const calls = Array.from({ length: 20 }, (_, index) => (index % 2 ? grace : ada));
      const answers = await Promise.all(calls.map((person) => person.call('/api/upstream/echo/who')));
      const people = await Promise.all(
        answers.map(async (answer) => ((await answer.json()) as { userId: string }).userId),
      );
      mixed += people.filter((id, index) => id !== (index % 2 ? 'user-grace' : 'user-ada')).length;
    }
    expect(mixed).toBe(0);
  }, 300_000);
});
