import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApp, type App } from '../../support/app.ts';
import { Browser, codeOf } from '../../../testing/browser.ts';

type Answer = readonly [status: number, body: unknown];

const USER = { id: '1', name: 'Ada' };
let answer: Answer;
let backend: Server;
let app: App;

beforeAll(async () => {
  backend = createServer((_, res) => {
    const [status, body] = answer;
    res.writeHead(status, { 'Content-Type': typeof body === 'string' ? 'text/html' : 'application/json' });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  app = await startApp(`http://127.0.0.1:${(backend.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await app.close();
  backend.close();
});

async function logIn(given: Answer) {
  answer = given;
  const before = app.logged().length;
  const ada = new Browser(app.url);
  const json = { username: 'ada', password: 'lovelace' };
  const response = await ada.call('/api/login', { method: 'POST', json });
  return { response, ada, logged: app.logged().slice(before) };
}

describe('a backend that is new to Reseal', () => {
  test.each<[string, Answer, RegExp]>([
    ['says 401 to a wrong password and no more', [401, { message: 'bad' }], /answered 401 .*invalid_grant/],
    ['says 422 to a wrong password', [422, {}], /answered 422 .*invalid_grant/],
    ['has its login elsewhere', [404, '<h1>Not found</h1>'], /answered 404 .*invalid_grant/],
    ['answers with a page', [200, '<h1>Welcome</h1>'], /sent a 200 that is no JSON object/],
    ['writes its fields otherwise', [200, { accessToken: 'a', user: USER }], /without an access_token/],
    ['names no user', [200, { access_token: 'a', refresh_token: 'r' }], /without a user that has an id/],
    ['is broken', [500, 'oops'], /answered 500\./],
  ])('and %s: the log says what was missing, the person that it is not them', async (_, given, line) => {
    const { response, logged } = await logIn(given);
    expect([response.status, await codeOf(response)]).toEqual([503, 'upstream_unavailable']);
    expect(logged).toMatch(line);
  });

  test('and gives no refresh token is warned about at the login, not when people are out', async () => {
    const { response, logged } = await logIn([200, { access_token: 'a', user: USER }]);
    expect(response.status).toBe(200);
    expect(logged).toMatch(/"level":40,.*the issuer gave no refresh token/);
    const whole = await logIn([200, { access_token: 'a', refresh_token: 'r', user: USER }]);
    expect(whole.logged).not.toContain('refresh token');
  });
});
