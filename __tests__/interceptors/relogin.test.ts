import axios, { type AxiosInstance } from 'axios';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createReauth } from '../../interceptors/reauth.ts';
import { step, unknown, type State } from '../../interceptors/refreshMachine.ts';

/** A backend of its own kind: bare 401s, no session ids; reads outside /private need no login. */
let server: Server;
let base: string;
let isSignedIn: boolean;
let isFresh: boolean;
let refreshes: number;

beforeEach(async () => {
  [isSignedIn, isFresh, refreshes] = [false, false, 0];
  server = createServer(async (req, res) => {
    const path = req.url ?? '';
    if (path === '/login') {
      const { password } = (await json(req)) as { password: string };
      if (password !== 'lovelace') return void res.writeHead(401).end();
      isSignedIn = isFresh = true;
      return void res.end('welcome');
    }
    if (path === '/refresh') {
      refreshes++;
      if (!isSignedIn) return void res.writeHead(403).end();
      isFresh = true;
      return void res.end();
    }
    if (path.startsWith('/private') && !isFresh) return void res.writeHead(401).end();
    res.end(path);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** The recipe "Taking only the engine", word for word. */
function recipe() {
  const http = axios.create({ baseURL: base });
  const reauth = createReauth({
    refresh: async ({ signal }) => {
      await axios.post(`${base}/refresh`, undefined, { signal });
      return undefined;
    },
    isFinal: (error) => axios.isAxiosError(error) && error.response?.status === 403,
  });
  reauth.attach(http);
  return { http, reauth };
}
const get = (http: AxiosInstance, path = '/private') =>
  http.get<string>(path).then(
    ({ data }) => data,
    ({ code, response }) => `${code} ${response?.status}`,
  );
const post = (http: AxiosInstance, password: string) =>
  http.post<string>('/login', { password }).then(
    ({ data }) => data,
    ({ response }) => response?.status,
  );

describe('an app that never calls loggedIn()', () => {
  test('is refreshed after a login through the same instance', async () => {
    const { http, reauth } = recipe();
    expect([await get(http), reauth.state]).toEqual(['ERR_SESSION_ENDED 401', 'ended']);
    expect(await post(http, 'lovelace')).toBe('welcome');
    expect(await get(http)).toBe('/private');
    isFresh = false;
    expect([await get(http), refreshes]).toEqual(['/private', 2]);
  });

  test('is refreshed after a wrong password and then the right one', async () => {
    const { http } = recipe();
    expect([await post(http, 'byron'), await post(http, 'byron')]).toEqual([401, 401]);
    expect(await post(http, 'lovelace')).toBe('welcome');
    isFresh = false;
    expect(await get(http)).toBe('/private');
  });

  test('is refreshed after a login that another instance made, once a read was answered', async () => {
    const { http } = recipe();
    await get(http);
    await axios.post(`${base}/login`, { password: 'lovelace' });
    expect(await get(http)).toBe('/private');
    isFresh = false;
    expect(await get(http)).toBe('/private');
  });

  test('is refreshed after a login that opted out of the engine', async () => {
    const { http } = recipe();
    await get(http);
    await http.post('/login', { password: 'lovelace' }, { reauth: false });
    isFresh = false;
    expect(await get(http)).toBe('/private');
  });

  test('is refreshed again after each of several logins', async () => {
    const { http } = recipe();
    for (let round = 0; round < 5; round++) {
      isSignedIn = isFresh = false;
      expect(await get(http)).toBe('ERR_SESSION_ENDED 401');
      await post(http, 'lovelace');
      isFresh = false;
      expect(await get(http)).toBe('/private');
    }
  });
});

test('a visitor who only reads public pages costs three refreshes, however often a private one answers 401', async () => {
  const { http } = recipe();
  for (let round = 0; round < 10; round++) {
    expect(await get(http, '/public')).toBe('/public');
    expect(await get(http)).toBe('ERR_SESSION_ENDED 401');
  }
  expect(refreshes).toBe(3);
});

test('an answer to a request that was sent before the session ended is no sign of a login', async () => {
  const { http, reauth } = recipe();
  const slow = http.post('/public');
  reauth.loggedOut();
  await slow;
  expect(reauth.state).toBe('ended');
});

test('an answer to a request of an ended session is no sign of a login once another session has ended', async () => {
  const { http, reauth } = recipe();
  reauth.loggedOut();
  const slow = http.post('/public');
  reauth.loggedIn();
  reauth.loggedOut();
  await slow;
  expect(reauth.state).toBe('ended');
});

describe('the machine', () => {
  const ended = (id: string | null): State => ({ name: 'ended', epoch: 2, session: { id, version: 5 } });
  test('takes an accepted request after the end for a new session, where sessions have no id', () => {
    expect(step(ended(null), { type: 'accepted' }, 9)[0]).toEqual({
      name: 'idle',
      epoch: 3,
      session: unknown,
    });
  });
  test('leaves a session with an id ended: the hint or the app names the new one', () => {
    expect(step(ended('a'), { type: 'accepted' }, 9)[0]).toEqual(ended('a'));
  });
});
