import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axios, { type AxiosInstance } from 'axios';
import { createTabs } from '../../interceptors/testing/tabs.ts';
import { readSettings } from '../../server/settings/fromEnv.ts';
import type { PasswordIssuer } from '../../server/issuers/issuer.ts';
import { guardedProps } from '../../server/adapters/pageProps.ts';
import type { NodeListener } from '../../server/adapters/node.ts';
import { createResealClient } from '../../store/createResealClient.ts';
import type { Deps } from '../../store/demo/deps.ts';
import { makeStore } from '../../store/demo/makeStore.ts';
import { upstream } from '../../store/demo/upstream.ts';
import { startApp, startAppWithUpstream } from '../support/app.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { recipeBlocks, recipeFile } from '../support/recipe.ts';

/** What a block of the recipes exports, run as it stands there. */
const load = <T>(heading: string, at = 0): T => require(recipeFile(heading, at)) as T; // eslint-disable-line @typescript-eslint/no-require-imports -- its path is known at run time only

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an issuer of one’s own in one file', () => {
  /** A backend that speaks as the recipe says: forms, 403 for a wrong password, 410 for a dead token. */
  async function startLegacy() {
    const seen: string[] = [];
    let isDead = false;
    const url = await serve((req, res) => {
      seen.push(`${req.method} ${req.url}`);
      const body: Buffer[] = [];
      req.on('data', (chunk: Buffer) => body.push(chunk));
      req.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(body).toString());
        if (req.url === '/token' && form.get('p') !== 'lovelace') return void res.writeHead(403).end();
        if (req.url !== '/token' && isDead) return void res.writeHead(410).end();
        res.end(JSON.stringify({ token: `t${seen.length}`, renew: `r${seen.length}`, name: 'Ada' }));
      });
    });
    const { legacyIssuer } = load<{ legacyIssuer: (base: string) => PasswordIssuer }>(
      'Your own JSON backend',
    );
    const app = await startApp(url, { parts: { issuer: legacyIssuer(url) } });
    closers.push(app.close);
    return { app, seen, kill: () => void (isDead = true) };
  }

  test('logs in, refreshes and logs out through it', async () => {
    const { app, seen } = await startLegacy();
    const ada = new Browser(app.url);
    expect((await ada.login()).user).toEqual({ id: 'ada', name: 'Ada' });
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    expect((await ada.logout()).status).toBe(204);
    expect(seen).toEqual(['POST /token', 'GET /renew/r1', 'DELETE /renew/r2']);
  });

  test('refuses a wrong password, and ends the session whose token is dead', async () => {
    const { app, kill } = await startLegacy();
    const json = { username: 'ada', password: 'babbage' };
    const ada = new Browser(app.url);
    expect(await codeOf(await ada.call('/api/login', { method: 'POST', json }))).toBe('invalid_credentials');
    await ada.login();
    kill();
    expect(await codeOf(await ada.refresh(1))).toBe('session_ended');
  });
});

test('the settings of each provider’s recipe are ones that the server starts with', () => {
  const blocks = recipeBlocks('An OpenID provider (Keycloak, Auth0, …)').filter(
    ({ language }) => language === 'sh',
  );
  const read = blocks.map(({ code }) => {
    const given = Object.fromEntries(
      [...code.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const rest = {
      UPSTREAM_URL: 'https://api.example.com',
      UPSTREAM_PATHS: '/x',
      APP_URL: 'https://app.example.com',
    };
    return readSettings({
      NODE_ENV: 'production',
      SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
      ...rest,
      ...given,
    });
  });
  expect(
    read.map(({ oidc }) => [oidc?.issuer.hostname, oidc?.scope.includes('offline_access'), oidc?.params]),
  ).toEqual([
    ['id.example.com', false, {}],
    ['tenant.eu.auth0.com', true, { audience: 'https://api.example.com' }],
  ]);
  expect(read[0]!.maxMs).toBe(36_000_000);
});

test('a resource added with RTK Query waits out a refresh and never sees the 401', async () => {
  interface Services {
    createInvoicesService(http: AxiosInstance): unknown;
  }
  interface Endpoints {
    invoicesApi: { endpoints: { invoices: { initiate(of: undefined): never } } };
  }
  const { createInvoicesService } = load<Services>('Adding a resource with RTK Query', 0);
  const { invoicesApi } = load<Endpoints>('Adding a resource with RTK Query', 1);
  const { backend, tabs } = createTabs();
  const page = { now: () => 0, isVisible: () => false, readHint: () => null };
  const deps = { invoices: createInvoicesService(tabs[0]!.http), page } as unknown as Deps;
  const store = makeStore(deps, createResealClient().middleware);
  store.add(upstream);
  backend.expire();
  const answer = (await store.dispatch(invoicesApi.endpoints.invoices.initiate(undefined))) as unknown;
  expect(answer).toMatchObject({
    isSuccess: true,
    data: { url: '/api/upstream/invoices', session: { version: 2 } },
  });
  expect(backend.refreshes).toBe(1);
});

test('a guarded page takes the props that send the anonymous to the login page', () => {
  const page = load<{ getServerSideProps: unknown; default: unknown }>('Guarding a page');
  expect(page.getServerSideProps).toBe(guardedProps);
  expect(page.default).toEqual(expect.any(Function));
});

test('three requests wait for one refresh, as the recipe asserts', async () => {
  const assert = jest.spyOn(console, 'assert').mockReturnValue();
  await load<{ threeRequestsWaitForOneRefresh(): Promise<void> }>(
    'Unit-testing how requests queue',
  ).threeRequestsWaitForOneRefresh();
  expect(assert.mock.calls).toEqual([[true], [true], [true]]);
});

test('a route that was withIronSessionApiRoute answers who is signed in, and saves nothing', async () => {
  const { default: route } = load<{ default: NodeListener }>('Migrating from `withIronSessionApiRoute`', 1);
  const app = await startAppWithUpstream();
  closers.push(app.close);
  // The one server of this process, where the route looks for it.
  const shared = globalThis as { [key: symbol]: unknown };
  shared[Symbol.for('reseal.server')] = app.runtime;
  const url = await serve((req, res) => void route(req, res));
  const ada = new Browser(app.url);
  await ada.login();
  const ask = (method: string, cookie: string) =>
    new Browser(url).call('/', { method, cookie, headers: { Origin: app.url } });
  const answer = await ask('POST', ada.cookie);
  expect([await answer.json(), answer.headers.getSetCookie()]).toEqual([{ name: 'Ada Lovelace' }, []]);
  expect((await ask('POST', '')).status).toBe(401);
  expect((await ask('GET', ada.cookie)).status).toBe(405);
});

describe('two requests whose 401s arrive one after the other', () => {
  type Attach = (http: AxiosInstance, refresh: () => Promise<void>) => unknown;
  const heading = 'Migrating from a hand-written interceptor';

  /** Sends both; the second's 401 arrives when the refresh is over. Answers the refreshes, and how often a header was put on. */
  async function lateArrival(attach: Attach) {
    const { backend } = createTabs();
    const http = axios.create({ adapter: backend.adapter, headers: { 'X-Reseal': '1' } });
    let interceptions = 0;
    http.interceptors.request.use((config) => (interceptions++, config));
    attach(
      http,
      async () => void (await backend.refresh({ staleVersion: 0, signal: new AbortController().signal })),
    );
    backend.expire();
    const gate = backend.hold('/late');
    const late = http.get('/late');
    await http.get('/early');
    gate.release();
    await late;
    return { refreshes: backend.refreshes, interceptions };
  }

  test('cost the hand-written interceptor two refreshes, and others’ interceptors run twice', async () => {
    const { attachByHand } = load<{ attachByHand: Attach }>(heading, 0);
    expect(await lateArrival(attachByHand)).toEqual({ refreshes: 2, interceptions: 4 });
  });

  test('cost the engine one, and others’ interceptors run once', async () => {
    const { attachEngine } = load<{ attachEngine: Attach }>(heading, 1);
    expect(await lateArrival(attachEngine)).toEqual({ refreshes: 1, interceptions: 2 });
  });
});
