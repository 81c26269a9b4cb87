import { Browser, infoOf } from '../../testing/browser.ts';
import { expect, test } from './fixtures.ts';

test('pages and POST /api/user at the same instant share one coordinator: one issuer call', async ({
  app,
}) => {
  const ada = new Browser(app.url);
  await ada.login();
  app.upstream.expireAccessTokens();
  const before = app.upstream.stats().refreshCalls;
  const answers = await Promise.all([
    ...['/notes', '/session', '/lab', '/'].map((page) => ada.call(page)),
    ...Array.from({ length: 10 }, () => ada.refresh(1, { loseCookies: true })),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(app.upstream.stats().refreshCalls - before).toBe(1);
  for (const page of answers.slice(0, 4)) expect(page.headers.getSetCookie()).toEqual([]);
});

test('a page and the API see the same record: a cookie from before the refresh leads both to the newest version', async ({
  app,
}) => {
  const ada = new Browser(app.url);
  const { session } = await ada.login();
  await infoOf(await ada.refresh(1, { loseCookies: true }));
  expect((await infoOf(await ada.whoAmI())).session).toMatchObject({ id: session.id, version: 2 });
  const html = await (await ada.call('/session')).text();
  expect(html).toContain('"version":2');
});

test('the login form is in the first byte for a visitor without a session, without a call; a link elsewhere asks', async ({
  page,
  app,
}) => {
  const asked: string[] = [];
  page.on('request', (one) => void asked.push(new URL(one.url()).pathname));
  const response = await page.goto(`${app.url}/login`);
  expect(await response!.text()).toContain('name="password"');
  await page.getByLabel('Username').fill('ada');
  await page.waitForLoadState('networkidle');
  expect(asked).not.toContain('/api/user');

  await page.route('http://mail.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<a href="${app.url}/notes">Your notes</a>` }),
  );
  await page.goto('http://mail.example/');
  await page.getByRole('link').click();
  await expect(page.getByLabel('Username')).toBeVisible();
  expect(asked).toContain('/api/user');
});

test('an address of the API that is no route is answered by a problem document, not by a page', async ({
  app,
}) => {
  for (const path of ['/api', '/api/nope', '/api/user/nope', '/api/upstream']) {
    const answer = await fetch(app.url + path);
    expect([path, answer.status, answer.headers.get('x-reseal-reason')]).toEqual([path, 404, 'not_found']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('a page asked with the cookie of a session that was logged out is anonymous', async ({ app }) => {
  const ada = new Browser(app.url);
  await ada.login();
  const { cookie } = ada;
  await ada.logout();
  const page = await ada.call('/notes', { cookie });
  expect(page.status).toBe(307);
  expect(page.headers.get('location')).toBe('/login?returnTo=%2Fnotes');
});

test('an event stream through the production server is not buffered', async ({ app }) => {
  const ada = new Browser(app.url);
  await ada.login();
  const leave = new AbortController();
  const stream = await ada.call('/api/upstream/events', {
    signal: leave.signal,
    headers: { 'Accept-Encoding': 'gzip' },
  });
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  const reader = stream.body!.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toContain('event: tick');
  leave.abort();
});
