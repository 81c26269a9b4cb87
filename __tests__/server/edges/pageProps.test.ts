import type { GetServerSideProps } from 'next';
import { guardedProps, labProps, loginProps, publicProps } from '../../../server/adapters/pageProps.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';

const RUNTIME = Symbol.for('reseal.server');
const shared = globalThis as { [RUNTIME]?: unknown };

let app: AppWithUpstream;
let ada: Browser;

const start = async (env: Record<string, string> = {}) => {
  app = await startAppWithUpstream({}, { env });
  // Pages ask for the one server of the process, as Next has them do.
  shared[RUNTIME] = app.runtime;
  ada = new Browser(app.url);
};
afterEach(async () => {
  shared[RUNTIME] = undefined;
  await app.close();
});

type AnyProps = GetServerSideProps<Record<string, unknown>>;

/** Asks for a page's props with a cookie; answers them with the headers that were set. */
async function ask(props: unknown, cookie = ada.cookie, url = '/notes?tag=a&b', query = {}, site?: string) {
  const headers: Record<string, unknown> = {};
  const res = { setHeader: (name: string, value: unknown) => void (headers[name] = value) };
  const context = { req: { headers: { cookie, 'sec-fetch-site': site } }, res, resolvedUrl: url, query };
  const result = await (props as AnyProps)(context as unknown as Parameters<AnyProps>[0]);
  expect(headers).toEqual({ 'Cache-Control': 'private, no-store' });
  return result;
}

test('a guarded page is for who is signed in, with their name on the first byte', async () => {
  await start();
  const { session } = await ada.login();
  const before = app.upstream.stats();
  expect(await ask(guardedProps)).toMatchObject({
    props: {
      lab: false,
      session: { user: { name: 'Ada Lovelace' }, session: { id: session.id, version: 1 } },
    },
  });
  expect(app.upstream.stats()).toEqual(before);
});

test('everyone else is sent to the login page, and back to where they wanted to be', async () => {
  await start();
  const anonymous = { redirect: { destination: '/login?returnTo=%2Fnotes%3Ftag%3Da%26b', permanent: false } };
  for (const cookie of ['', 'reseal=garbage', 'reseal_hint=x.1'])
    expect(await ask(guardedProps, cookie)).toEqual(anonymous);
  await ada.login();
  const { cookie } = ada;
  await ada.logout();
  expect(await ask(guardedProps, cookie)).toEqual(anonymous);
});

test('an older seal shows the newest version, and an expired token is no reason to ask the issuer', async () => {
  await start();
  await ada.login();
  const { cookie } = ada;
  await ada.refresh(1);
  app.upstream.expireAccessTokens();
  expect(await ask(guardedProps, cookie)).toMatchObject({ props: { session: { session: { version: 2 } } } });
  expect(app.upstream.stats().refreshCalls).toBe(1);
});

test('the lab is not there at all unless it is on', async () => {
  await start();
  await ada.login();
  expect(await labProps({} as Parameters<typeof labProps>[0])).toEqual({ notFound: true });
  await app.close();
  await start({ LAB: '1' });
  await ada.login();
  expect(await ask(labProps)).toMatchObject({ props: { lab: true } });
});

test('the login page sends on who is signed in, and no one to another site', async () => {
  await start();
  const query = { returnTo: '/session' };
  expect(await ask(loginProps, '', '/login', query)).toEqual({
    props: {
      session: null,
      lab: false,
      mode: 'password',
      returnTo: '/session',
      problem: null,
      anonymous: false,
    },
  });
  for (const returnTo of ['//evil.example', ['/session', '/x'], '/login', '/api/logout'])
    expect(await ask(loginProps, '', '/login', { returnTo })).toMatchObject({
      props: { returnTo: '/notes' },
    });
  await ada.login();
  expect(await ask(loginProps, ada.cookie, '/login', query)).toEqual({
    redirect: { destination: '/session', permanent: false },
  });
  expect(await ask(loginProps, ada.cookie, '/login', { returnTo: 'https://evil.example' })).toEqual({
    redirect: { destination: '/notes', permanent: false },
  });
});

test('the login page is certain that no one is signed in only where a browser would have sent what it holds', async () => {
  await start();
  const isCertain = async (site: string | undefined, cookie = 'theme=dark') => {
    const answer = await ask(loginProps, cookie, '/login', {}, site);
    return (answer as { props: { anonymous: boolean } }).props.anonymous;
  };
  expect([await isCertain('none'), await isCertain('same-origin')]).toEqual([true, true]);
  // A link in a mail or on another site leaves Strict cookies at home; an old browser says nothing of it.
  for (const site of ['cross-site', 'same-site', undefined]) expect(await isCertain(site)).toBe(false);
  await ada.login();
  const { cookie } = ada;
  await ada.logout();
  // Of a session that is over the page says why.
  for (const brought of [cookie, 'reseal=garbage']) expect(await isCertain('none', brought)).toBe(false);
});

test('the login page is told why a login by the provider failed, in words of ours only', async () => {
  await start();
  const problemOf = async (problem: unknown) =>
    ask(loginProps, '', '/login', { problem } as Record<string, string>);
  expect(await problemOf('login_denied')).toMatchObject({ props: { problem: 'login_denied' } });
  for (const problem of ['<b>', 'toString', ['login_denied'], undefined])
    expect(await problemOf(problem)).toMatchObject({ props: { problem: null } });
});

test('a public page is for everyone and knows who is there; no props hold a token', async () => {
  await start();
  expect(await ask(publicProps, '')).toEqual({ props: { session: null, lab: false } });
  await ada.login();
  const props = await ask(publicProps);
  expect(props).toMatchObject({ props: { session: { user: { id: 'user-ada' } } } });
  const seal = await app.runtime.cookies.open(ada.cookie);
  const text = JSON.stringify(props);
  for (const secret of [seal?.pair.accessToken, seal?.pair.refreshToken, seal?.boxKey])
    expect(text).not.toContain(secret);
});
