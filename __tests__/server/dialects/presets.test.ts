import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PRESETS, type PresetName } from '../../../server/issuers/password/presets.ts';
import { startApp, type App } from '../../support/app.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { DOCUMENTED, type Answer } from './documented.ts';

interface Received {
  readonly method: string;
  readonly at: string;
  readonly headers: IncomingHttpHeaders;
  readonly sent: object;
}

/** Answers from a queue what the test says next. */
let backend: Server;
let queue: (Answer | string)[] = [];
let received: Received[] = [];
let url: string;

beforeAll(async () => {
  backend = createServer(async (req, res) => {
    const raw = await text(req);
    const isForm = req.headers['content-type'] === 'application/x-www-form-urlencoded';
    const sent = isForm ? Object.fromEntries(new URLSearchParams(raw)) : (JSON.parse(raw || '{}') as object);
    received.push({ method: req.method ?? '', at: req.url ?? '', headers: req.headers, sent });
    const answer = queue.shift() ?? [500, null];
    if (typeof answer === 'string')
      return void res.writeHead(401, { 'content-type': 'text/html' }).end(answer);
    res.writeHead(answer[0], { 'content-type': 'application/json' });
    res.end(answer[1] === null ? '' : JSON.stringify(answer[1]));
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
});
afterAll(() => void backend.close());

beforeEach(() => {
  queue = [];
  received = [];
});

/** Wide enough for the paths of every issuer, which the proxy refuses all the same. */
const UPSTREAM_PATHS = '/auth,/api,/oauth,/token,/logout,/dj-rest-auth,/protocol,/v1';
const names = Object.keys(PRESETS) as PresetName[];

describe.each(names)('the dialect %s', (name) => {
  const documented = DOCUMENTED[name];
  let app: App;

  beforeAll(async () => {
    const hosts = name === 'firebase' ? { AUTH_LOGIN_PATH: `${url}/v1/accounts:signInWithPassword?key=$apiKey`, AUTH_REFRESH_PATH: `${url}/v1/token?key=$apiKey` } : {}; // prettier-ignore
    app = await startApp(url, { env: { AUTH_DIALECT: name, UPSTREAM_PATHS, ...documented.env, ...hosts } });
  });
  afterAll(() => app.close());

  function logIn(browser: Browser, ...answers: (Answer | string)[]) {
    queue.push(...answers);
    const json = { username: 'ada@example.com', password: 'lovelace' };
    return browser.call('/api/login', { method: 'POST', json });
  }

  async function signedIn(): Promise<Browser> {
    const browser = new Browser(app.url);
    const { login, me } = documented;
    expect((await logIn(browser, login.granted, ...(me ? [me.answer] : []))).status).toBe(200);
    received = [];
    return browser;
  }

  test('sends a login as documented, and reads tokens, expiry and user from its answer', async () => {
    const { login, me, headers = {}, user, lives } = documented;
    const browser = new Browser(app.url);
    const info = await infoOf(await logIn(browser, login.granted, ...(me ? [me.answer] : [])));
    expect(received[0]).toMatchObject({ method: 'POST', at: login.at, sent: login.sent, headers });
    expect(Object.keys(received[0]!.sent).toSorted()).toEqual(Object.keys(login.sent).toSorted());
    expect(received[1]?.at).toBe(me?.at);
    expect(info.user).toMatchObject(user);
    const seconds = (info.session.expiresInMs ?? Number.NaN) / 1000;
    // A busy machine takes a while between the answer and this line.
    expect([seconds <= (lives ?? 0), seconds > (lives ?? 0) - 20]).toEqual([true, true]);
  });

  test('calls a wrong password invalid_credentials', async () => {
    const response = await logIn(new Browser(app.url), documented.login.refused);
    expect([response.status, await codeOf(response)]).toEqual([401, 'invalid_credentials']);
  });

  test('refreshes, keeps the rotated token, and logs out with it', async () => {
    const browser = await signedIn();
    const { refresh, logout } = documented;
    queue.push(refresh.granted, ...(logout ? [logout.done] : []));
    const { session } = await infoOf(await browser.refresh(1));
    expect(session.version).toBe(2);
    expect(received[0]).toMatchObject({ method: 'POST', at: refresh.at, sent: refresh.sent });
    if (name === 'nestjs') expect(received[0]!.headers.authorization).toBe('Bearer r1');
    expect((await browser.logout()).status).toBe(204);
    await app.runtime.coordinator.idle();
    expect(received.slice(1)).toEqual(
      logout ? [expect.objectContaining({ at: logout.at, sent: logout.sent })] : [],
    );
  });

  test('ends the session when the refresh token is dead', async () => {
    const browser = await signedIn();
    queue.push(documented.refresh.dead);
    const response = await browser.refresh(1);
    expect([response.status, await codeOf(response)]).toEqual([401, 'session_ended']);
  });

  test('keeps the session when a proxy on the way answers 401 with a page', async () => {
    const browser = await signedIn();
    queue.push('<h1>401 Unauthorized</h1>');
    expect((await browser.refresh(1)).status).toBe(503);
    const login = await logIn(new Browser(app.url), '<h1>401 Unauthorized</h1>');
    expect(login.status).toBe(503);
    expect((await browser.whoAmI()).status).toBe(200);
  });

  test('never forwards a call to a path that issues tokens', async () => {
    const browser = await signedIn();
    for (const { path } of [PRESETS[name].login, PRESETS[name].refresh]) {
      if (path.startsWith('http')) continue;
      const response = await browser.call(`/api/upstream${path}`, { method: 'POST', json: {} });
      expect([path, response.status, received.length]).toEqual([path, 404, 0]);
    }
  });
});
