import axios from 'axios';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createReauth } from '../../interceptors/reauth.ts';
import type { RefreshCall } from '../../interceptors/reauthOptions.ts';
import { createBackend } from '../../interceptors/testing/backend.ts';
import { createTabs, settled } from '../../interceptors/testing/tabs.ts';

describe('over a real socket', () => {
  let server: Server;
  let base: string;
  let version = 1;
  let valid = 1;
  let refreshes = 0;
  let together = 0;
  let expired: ServerResponse[];

  beforeEach(async () => {
    [version, valid, refreshes, expired] = [1, 2, 0, []];
    server = createServer((request, response) => {
      if (request.method === 'POST') {
        refreshes++;
        version = valid;
        return void response.setHeader('content-type', 'application/json').end(
          JSON.stringify({
            user: { id: 'ada', name: 'Ada' },
            session: { id: 's', version, expiresInMs: 1, endsInMs: 1 },
          }),
        );
      }
      if (version === valid) return void response.end(request.url);
      response.writeHead(401, { 'X-Reseal-Reason': 'token_expired', 'X-Reseal-Version': String(version) });
      // None is answered before all are there: they expire together.
      if (expired.push(response) === together) for (const one of expired) one.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([1, 10, 100, 1000])(
    '%i requests that expire together cost one refresh and are answered in order',
    async (n) => {
      together = n;
      const http = axios.create({ baseURL: base });
      const replayed: number[] = [];
      const reauth = createReauth({
        refresh: async ({ staleVersion, signal }) =>
          (await http.post('/user', { staleVersion }, { signal })).data,
        onEvent: (event) => void (event.type === 'requestReplayed' && replayed.push(event.id)),
      });
      reauth.attach(http);
      const answers = await Promise.all(Array.from({ length: n }, (_, i) => http.get<string>(`/notes/${i}`)));
      expect(answers.map(({ data }) => data)).toEqual(Array.from({ length: n }, (_, i) => `/notes/${i}`));
      expect(refreshes).toBe(1);
      expect(replayed).toEqual(Array.from({ length: n }, (_, i) => i + 1));
      expect([reauth.state, reauth.queued]).toEqual(['idle', 0]);
    },
    60_000,
  );
});

test('any number of axios instances share one refresh', async () => {
  const { backend, tabs } = createTabs();
  const { http, reauth } = tabs[0]!;
  const other = axios.create({ adapter: backend.adapter });
  reauth.attach(other);
  backend.expire();
  await Promise.all([http.get('/a'), other.get('/b'), http.get('/c'), other.get('/d')]);
  expect(backend.refreshes).toBe(1);
});

test('a late 401 is replayed without a second refresh', async () => {
  const { backend, tabs } = createTabs();
  const { send } = tabs[0]!;
  backend.expire();
  const late = backend.hold('/late');
  const slow = send('/late');
  expect(await send('/early')).toBe('200');
  late.release();
  expect(await slow).toBe('200');
  expect(backend.refreshes).toBe(1);
});

test('a late 401 without a version header counts as of the version that was believed when it was sent', async () => {
  const { backend, tabs } = createTabs(
    1,
    { isExpired: () => true },
    {
      transformResponse: [],
    },
  );
  const { http, send } = tabs[0]!;
  const adapter = backend.adapter;
  http.defaults.adapter = async (config) =>
    adapter(config).catch((error) => {
      error.response?.headers.delete('X-Reseal-Version');
      throw error;
    });
  backend.expire();
  const late = backend.hold('/late');
  const slow = send('/late');
  await send('/early');
  late.release();
  expect([await slow, backend.refreshes]).toEqual(['200', 1]);
});

test('a 401 of a version newer than the page believes is refreshed, not replayed in vain (P9)', async () => {
  const { backend, tabs } = createTabs(2, { watchHint: () => () => {}, readHint: () => null });
  const [here, there] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  for (const { reauth } of tabs) reauth.loggedIn(await backend.whoAmI());
  backend.expire();
  await there.send('/there'); // version 2 now, and here still believes 1
  backend.expire();
  expect(await here.send('/here')).toBe('200');
  expect([backend.refreshes, (await backend.whoAmI()).session.version]).toEqual([2, 3]);
});

test('the version that died is the one the answer names, whatever the page believes', async () => {
  const stale: number[] = [];
  const backend = createBackend({ id: 's1', version: 5 });
  const refresh = (call: RefreshCall) => (stale.push(call.staleVersion), backend.refresh(call));
  const { tabs } = createTabs(1, { refresh, readHint: () => null }, {}, backend);
  backend.expire();
  expect(await tabs[0]!.send('/a')).toBe('200');
  expect(stale).toEqual([5]);
});

test('a 401 that another tab has refreshed already is replayed at once, even if no event reported it', async () => {
  const { backend, tabs } = createTabs(1, { lock: () => new Promise(() => {}), watchHint: () => () => {} });
  const gate = backend.hold('/late');
  backend.expire();
  const late = tabs[0]!.send('/late');
  await gate.arrived;
  await backend.refresh({ staleVersion: 1, signal: new AbortController().signal }); // another tab
  gate.release();
  expect(await late).toBe('200'); // and no lock was waited for
});

test('the requests of a burst are replayed in the order of sending, however their 401s came back', async () => {
  const { backend, tabs } = createTabs();
  const { send } = tabs[0]!;
  backend.expire();
  const refresh = backend.hold('refresh');
  const gates = ['/1', '/2', '/3'].map((url) => backend.hold(url));
  const all = ['/1', '/2', '/3'].map((url) => send(url));
  await settled();
  for (const gate of gates.reverse()) {
    gate.release();
    await settled();
  }
  refresh.release();
  expect(await Promise.all(all)).toEqual(['200', '200', '200']);
  expect(backend.arrivals.slice(3).map(({ url }) => url)).toEqual(['/1', '/2', '/3']);
});

test('a second 401 is an answer, and costs no second refresh', async () => {
  const { backend, tabs } = createTabs();
  const { http } = tabs[0]!;
  backend.script(() => ({ user: {}, session: { id: 's1', version: 2 } })); // says so, and refreshes nothing
  backend.expire();
  await expect(http.get('/a')).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST', response: { status: 401 } });
  expect([backend.refreshes, backend.arrivals.length]).toEqual([1, 2]);
});

test('new requests wait while a refresh runs that a 401 asked for, and leave after it', async () => {
  const { backend, tabs } = createTabs();
  const { send, reauth } = tabs[0]!;
  backend.expire();
  const refresh = backend.hold('refresh');
  const first = send('/1');
  await refresh.arrived;
  const second = send('/2');
  await settled();
  expect([reauth.state, reauth.queued, backend.arrivals.length]).toEqual(['refreshing', 2, 1]);
  refresh.release();
  expect(await Promise.all([first, second])).toEqual(['200', '200']);
  expect(backend.arrivals.map(({ url }) => url)).toEqual(['/1', '/1', '/2']);
});

test('a refresh by call holds no request, and a 401 joins it', async () => {
  const { backend, tabs } = createTabs();
  const { send, reauth } = tabs[0]!;
  const refresh = backend.hold('refresh');
  const asked = reauth.refresh();
  await refresh.arrived;
  expect(await send('/free')).toBe('200');
  backend.expire();
  const joined = send('/joins');
  await settled();
  expect(reauth.queued).toBe(1);
  refresh.release();
  expect(await joined).toBe('200');
  expect(await asked).toMatchObject({ session: { id: 's1', version: 2 } });
  expect(backend.refreshes).toBe(1);
});

test('a call of refresh() joins the refresh that runs', async () => {
  const { backend, tabs } = createTabs();
  const { reauth } = tabs[0]!;
  const [a, b] = await Promise.all([reauth.refresh(), reauth.refresh()]);
  expect([a?.session.version, b?.session.version, backend.refreshes]).toEqual([2, 2, 1]);
});

test('a request that opted out neither waits nor is replayed', async () => {
  const { backend, tabs } = createTabs();
  backend.expire();
  expect(await tabs[0]!.send('/a', { reauth: false })).toBe('ERR_BAD_REQUEST');
  expect(backend.refreshes).toBe(0);
});
