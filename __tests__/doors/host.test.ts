import { spawnSync } from 'node:child_process';
import express from 'express';
import { createReseal, fromEnv } from '../../server/index.ts';
import { Browser, codeOf } from '../../testing/browser.ts';
import { DOORS, startHost, type Host, type HostOptions } from './doors.ts';

let host: Host | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function start(options: HostOptions): Promise<{ host: Host; ada: Browser }> {
  host = await startHost(options);
  return { host, ada: new Browser(host.url) };
}

test('cookies that the host set before Reseal are sent beside those of a login and of a logout', async () => {
  const door = DOORS['Express behind express.json() and a cookie of the host'];
  const { ada } = await start({ door });
  const login = await ada.call('/api/login', {
    method: 'POST',
    json: { username: 'ada', password: 'lovelace' },
  });
  const names = login.headers.getSetCookie().map((line) => line.split('=')[0]);
  expect(names).toEqual(['host', 'reseal', 'reseal_hint']);
  expect((await ada.logout()).headers.getSetCookie()[0]).toContain('host=1');
});

test('an address that is none of the contract is left to the host', async () => {
  const { host } = await start({ door: DOORS.Express });
  for (const path of ['/', '/api/orders', '/api/users', '/apis', '/api'])
    expect([path, await (await fetch(host.url + path)).text()]).toEqual([path, 'the host app answers']);
});

describe('a body that was read before Reseal', () => {
  test('is written anew from what a form parser made of it', async () => {
    const { ada } = await start({
      door: async ({ middleware }) => express().use(express.urlencoded({ extended: false }), middleware),
    });
    await ada.login();
    const echo = await ada.call('/api/upstream/echo', {
      method: 'POST',
      body: new URLSearchParams({ a: 'ä' }),
    });
    expect(await echo.json()).toMatchObject({ body: { length: 'a=%C3%A4'.length } });
  });

  test('is refused at once where the parser kept nothing of it', async () => {
    const { ada } = await start({
      door: async ({ middleware }) =>
        express().use((req, _res, next) => void req.resume().once('end', () => next()), middleware),
    });
    const login = ada.login().catch((error: Error) => error.message);
    expect(await login).toBe('login answered 400');
  });
});

test('a host with a base path serves Reseal below it, and addresses of the upstream come back below it', async () => {
  const { host } = await start({ door: DOORS.Express, reseal: { basePath: '/shop' } });
  const ada = new Browser(`${host.url}/shop`);
  await ada.login();
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
  expect((await ada.whoAmI()).status).toBe(200);
  const made = await ada.call('/api/upstream/notes', { method: 'POST', json: { text: 'x' } });
  expect(made.headers.get('Location')).toMatch(/^\/shop\/api\/upstream\//);
});

test('Express mounted at a path of its own answers by the address that the client sent', async () => {
  const { ada } = await start({ door: async ({ middleware }) => express().use('/api', middleware) });
  await ada.login();
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
});

test('COOKIE_SAME_SITE=lax is what both cookies say', async () => {
  const { ada } = await start({ reseal: { cookieSameSite: 'lax' } });
  const login = await ada.call('/api/login', {
    method: 'POST',
    json: { username: 'ada', password: 'lovelace' },
  });
  for (const line of login.headers.getSetCookie()) expect(line).toContain('SameSite=Lax');
});

describe('createReseal', () => {
  test('reads no setting and opens nothing until the first request, and says then what is wrong', async () => {
    const env = new Proxy({} as Record<string, string>, {
      ownKeys: () => {
        throw new Error('the environment was read');
      },
    });
    const reseal = createReseal({ ...fromEnv(env), name: 'never asked' });
    expect(Object.keys(reseal)).toContain('pagesHandler');
    const wrong = createReseal({ name: 'without settings' });
    const response = await wrong.fetch(new Request('http://app.example/api/user'));
    expect([response.status, await codeOf(response)]).toEqual([500, 'misconfigured']);
    await expect(wrong.getSession({ headers: {} })).rejects.toThrow(/UPSTREAM_URL is missing/);
  });

  test('reads the environment for the first request and for no later one', async () => {
    let reads = 0;
    const counted = () => void (reads += 1);
    const env = new Proxy({} as Record<string, string>, {
      get: counted,
      has: (variables, name) => (counted(), name in variables),
      ownKeys: (variables) => (counted(), Reflect.ownKeys(variables)),
    });
    const { ada } = await start({ door: DOORS.Express, reseal: { env } });
    await ada.login();
    const forTheFirst = reads;
    expect(forTheFirst).toBeGreaterThan(0);
    await ada.whoAmI();
    expect(reads).toBe(forTheFirst);
  });

  test('reads no setting where Next has no request, as while it builds', async () => {
    const reseal = createReseal({ name: 'without a request' });
    for (const call of [() => reseal.getSession(), () => reseal.upstreamFetch('/notes')])
      await expect(call()).rejects.toThrow(/outside a request scope/);
  });

  test('shares one server between two module instances, and refuses two sets of settings under one name', async () => {
    const { host, ada } = await start({ reseal: { name: 'shared' } });
    await ada.login();
    const { cookie } = ada;
    const given = {
      name: 'shared',
      upstreamUrl: host.upstream.url,
      upstreamPaths: ['/notes', '/me', '/events', '/echo'],
      sessionPassword: 'a-password-of-thirty-two-letters-or-more',
      appUrl: host.url,
      sessionStore: 'memory',
    };
    const again = createReseal(given);
    await ada.logout();
    expect(await again.getSession({ headers: { cookie } })).toBeNull();
    const other = createReseal({ ...given, sessionIdleSeconds: 5 });
    await expect(other.getSession({ headers: {} })).rejects.toThrow(/share the name "shared"/);
  });

  test('checks settings in code as it checks the environment, and code counts first', async () => {
    const wrong = createReseal({
      env: { UPSTREAM_URL: 'http://127.0.0.1:1', UPSTREAM_PATHS: '/x', SESSION_PASSWORD: 'x'.repeat(40) },
      name: 'wrong in code',
      refreshTimeoutMs: -1,
    });
    await expect(wrong.getSession({ headers: {} })).rejects.toThrow(/REFRESH_TIMEOUT_MS must/);
  });

  test('opens a server anew after close', async () => {
    const { host, ada } = await start({ reseal: { name: 'closed' } });
    await host.reseal.close();
    expect((await ada.whoAmI()).status).toBe(401);
  });
});

test('an older Node is named as the reason when the package is imported', () => {
  // A preloaded module changes the version that the process names.
  const preload = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`;
  const script = "import('./server/index.ts').catch((error) => console.log(error.message))";
  const { stdout } = spawnSync(process.execPath, ['--import', preload, '-e', script], { encoding: 'utf8' });
  expect(stdout).toContain('reseal/server needs Node 22.19 or newer; this is Node 20.20.2.');
});

test('getSession reads Headers, a Request and a node:http request alike', async () => {
  const { host, ada } = await start({});
  const info = await ada.login();
  const { cookie } = ada;
  const request = new Request('http://app.example/', { headers: { cookie } });
  for (const source of [new Headers({ cookie }), request, { headers: { cookie } }])
    expect(await host.reseal.getSession(source)).toMatchObject({ user: info.user, session: { version: 1 } });
});
