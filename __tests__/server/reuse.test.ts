import type { PersonSessions } from '../../contract/sessions.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { startCluster, until, type Cluster } from './refresh/cluster.ts';

let cluster: Cluster;
let ada: Browser;
/** The cookie before the last refresh: what a thief may have copied. */
let copied: string;

async function begin(sessionReuse: 'log' | 'end' = 'log'): Promise<void> {
  cluster = await startCluster({ app: { settings: { graceMs: 30_000, sessionReuse } } });
  ada = new Browser(cluster.app.url);
  await ada.login();
  copied = ada.cookie;
  await ada.refresh(1);
}
afterEach(() => cluster.close());

const reuses = async () => (await cluster.app.runtime.metrics.reused.get()).values[0]?.value;
const sessions = async () => {
  const answer = await ada.call('/api/sessions');
  return ((await answer.json()) as PersonSessions).sessions;
};
const warnings = () =>
  cluster.app.logged().match(/a superseded cookie was used after the grace period/g) ?? [];

test('a late tab sends its older cookie within the grace period: it is served, and nothing is noted', async () => {
  await begin();
  await ada.whoAmI();
  await cluster.clock.advance(29_999);
  expect((await infoOf(await ada.whoAmI({ cookie: copied }))).session.version).toBe(2);
  expect([await reuses(), warnings(), await sessions()]).toEqual([
    0,
    [],
    [expect.not.objectContaining({ reusedAgoMs: expect.anything() as unknown })],
  ]);
});

test('a superseded cookie that is used after the grace period is refused, logged, counted, and shown to its person', async () => {
  await begin();
  await ada.whoAmI();
  await cluster.clock.advance(30_000);
  const thief = [
    await ada.whoAmI({ cookie: copied, loseCookies: true }),
    await ada.refresh(1, { cookie: copied, loseCookies: true }),
    await ada.call('/api/upstream/me', { cookie: copied }),
  ];
  for (const answer of thief) expect(await codeOf(answer)).toBe('session_ended');
  expect(await reuses()).toBe(3);
  await until(() => warnings().length > 0);
  // Once a minute for each session, however often it is tried.
  expect(warnings()).toHaveLength(1);
  await cluster.clock.advance(5000);
  expect(await sessions()).toEqual([expect.objectContaining({ current: true, reusedAgoMs: 5000 })]);
  // The session of the owner lives on, and no token was presented twice.
  expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
  expect(cluster.upstream.stats()).toMatchObject({ reuseDetections: 0, familiesRevoked: 0 });
  // The grace period of the next refresh is for the cookie that it replaced, and not for one that was superseded before.
  expect(await codeOf(await ada.whoAmI({ cookie: copied, loseCookies: true }))).toBe('session_ended');
  await ada.whoAmI();
  await cluster.clock.advance(60_000);
  expect(await codeOf(await ada.whoAmI({ cookie: copied, loseCookies: true }))).toBe('session_ended');
  await until(() => warnings().length === 2);
});

test('is shown on the list that another session of the same person sees', async () => {
  await begin();
  await ada.whoAmI();
  await cluster.clock.advance(30_000);
  await ada.whoAmI({ cookie: copied });
  const { id } = (await infoOf(await ada.whoAmI())).session;
  const phone = new Browser(cluster.app.url);
  await phone.login();
  const { sessions: seen } = (await (await phone.call('/api/sessions')).json()) as PersonSessions;
  expect(seen.filter(({ reusedAgoMs }) => reusedAgoMs !== undefined).map((one) => one.id)).toEqual([id]);
});

test('with SESSION_REUSE=end it ends the session, revokes its tokens, and the person is told why', async () => {
  await begin('end');
  await ada.whoAmI();
  await cluster.clock.advance(30_000);
  expect(await codeOf(await ada.whoAmI({ cookie: copied }))).toBe('session_ended');
  await until(async () => (await ada.whoAmI()).status === 401);
  expect(await (await ada.whoAmI()).json()).toMatchObject({ code: 'session_ended', endReason: 'reused' });
  await until(() => cluster.upstream.stats().revocations === 1);
});

test('a store that cannot keep the time of it refuses the cookie and logs it all the same', async () => {
  await begin();
  await ada.whoAmI();
  await cluster.clock.advance(30_000);
  cluster.trouble.down = (call) => call === 'setReused';
  expect(await codeOf(await ada.whoAmI({ cookie: copied }))).toBe('session_ended');
  await until(() => warnings().length === 1);
});
