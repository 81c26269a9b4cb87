import type { Page } from '@playwright/test';
import { en } from '../../components/messages/en/en.ts';
import { lab as labInEnglish } from '../../components/messages/en/lab.ts';
import { ko } from '../../components/messages/ko/ko.ts';
import { lab as labInKorean } from '../../components/messages/ko/lab.ts';
import { deferred } from '../support/deferred.ts';
import { expect, logIn, test } from './fixtures.ts';

test('a guarded Korean page sends to the Korean login page and back', async ({ page, app }) => {
  await page.goto(`${app.url}/ko/session`);
  await expect(page).toHaveURL(/\/ko\/login\?returnTo=%2Fko%2Fsession$/);
  await page.getByLabel('사용자 이름').fill('grace');
  await page.getByLabel('비밀번호').fill('hopper');
  await page.getByRole('button', { name: '로그인' }).click();
  await expect(page).toHaveURL(`${app.url}/ko/session`);
  await expect(page.getByRole('heading', { level: 1, name: '세션' })).toBeVisible();
  expect(await page.locator('html').getAttribute('lang')).toBe('ko');
});

test('the first byte of a Korean page is Korean, and says so', async ({ page, app }) => {
  const html = await (await page.request.get(`${app.url}/ko/login`)).text();
  expect(html).toContain('<html lang="ko"');
  expect(html).toContain('로그인되어 있는지 확인하는 중…');
  expect(await (await page.request.get(`${app.url}/login`)).text()).toContain('<html lang="en"');
});

test('a switch of language keeps the page, what was typed, and who is signed in', async ({ page, app }) => {
  await logIn(page, app);
  await page.getByLabel('New note').fill('half a thought');
  await page.getByRole('link', { name: '한국어' }).click();
  await expect(page).toHaveURL(`${app.url}/ko/notes`);
  await expect(page.getByLabel('새 노트')).toHaveValue('half a thought');
  expect(await page.locator('html').getAttribute('lang')).toBe('ko');
  await expect(page).toHaveTitle('노트 · Reseal');
  await page.getByRole('link', { name: 'English' }).click();
  await expect(page).toHaveURL(`${app.url}/notes`);
  await expect(page.getByLabel('New note')).toHaveValue('half a thought');
});

test('a language that a newer build has taken away comes with the page itself; what was typed stays', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  await page.getByLabel('New note').fill('half a thought');
  const refused: string[] = [];
  let isReloaded = false;
  page.on('request', (one) => void (isReloaded ||= one.isNavigationRequest()));
  await page.route('**/_next/static/chunks/**', (route) => {
    if (isReloaded) return route.continue();
    refused.push(route.request().url());
    return route.fulfill({ status: 404, body: '' });
  });
  const korean = page.getByRole('link', { name: '한국어' });
  await korean.hover();
  await expect.poll(() => refused.length).toBeGreaterThan(0);
  await expect(page.getByLabel('New note')).toHaveValue('half a thought');
  await korean.click();
  await page.waitForEvent('load');
  await expect(page).toHaveURL(`${app.url}/ko/notes`);
  await expect(page.getByLabel('새 노트')).toHaveValue('half a thought');
});

test('a person who switches at the login page returns in the chosen language', async ({ page, app }) => {
  await page.goto(`${app.url}/ko/session`);
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(`${app.url}/session`);
});

/** What the scripts say that the page asks for from here on. */
function listen(page: Page) {
  const scripts: Promise<string>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.push(response.text());
  });
  return {
    heard: async (sentence: string) => (await Promise.all(scripts)).join('').includes(sentence),
    forget: () => scripts.splice(0),
  };
}

test('a page loads its own language and no other, and the lab alone what is said in the lab', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  const scripts = listen(page);
  const loaded = async (path: string) => {
    scripts.forget();
    await page.goto(`${app.url}${path}`, { waitUntil: 'networkidle' });
    return Promise.all(
      [en.home.title, labInEnglish.lead, ko.home.title, labInKorean.lead].map(scripts.heard),
    );
  };
  expect(await loaded('/')).toEqual([true, false, false, false]);
  expect(await loaded('/lab')).toEqual([true, true, false, true]);
  expect(await loaded('/ko')).toEqual([false, false, true, false]);
  expect(await loaded('/ko/lab')).toEqual([false, true, true, true]);
});

for (const path of ['/notes', '/lab'])
  test(`a switch that was pointed at waits for no sentence: ${path}`, async ({ page, app }) => {
    await logIn(page, app);
    await page.goto(`${app.url}${path}`, { waitUntil: 'networkidle' });
    const scripts = listen(page);
    const heard = () => scripts.heard(ko.shell.footer);
    const link = page.getByRole('link', { name: '한국어' });
    await link.hover();
    await expect.poll(heard).toBe(true);
    scripts.forget();
    await link.click();
    await expect(page.getByText(ko.shell.footer)).toBeVisible();
    expect(await heard()).toBe(false);
  });

test('the lab arrives with its sentences in it, and the browser keeps what the server made of them', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  for (const [path, lab] of [
    ['/lab', labInEnglish],
    ['/ko/lab', labInKorean],
  ] as const) {
    const gate = deferred();
    await page.route('**/_next/static/**/*.js', async (route) => {
      await gate.promise;
      await route.continue();
    });
    await page.goto(`${app.url}${path}`, { waitUntil: 'commit' });
    const lead = page.getByText(lab.lead);
    await expect(lead).toBeVisible();
    const made = await lead.elementHandle();
    gate.resolve();
    await expect(page.getByText(lab.counters.refreshCalls)).toBeVisible();
    await expect(lead).toHaveCount(1);
    expect([path, await made?.evaluate((element) => element.isConnected)]).toEqual([path, true]);
    await page.unroute('**/_next/static/**/*.js');
  }
});

test('no API route answers below a language', async ({ page, app }) => {
  await logIn(page, app);
  for (const path of ['/ko/api/user', '/en/api/user', '/ko/api/upstream/notes', '/en/api/upstream/notes']) {
    const answer = await page.request.get(`${app.url}${path}`, { headers: { 'X-Reseal': '1' } });
    expect([path, answer.status()]).toEqual([path, 404]);
  }
});

test('every page has the same security headers in every language', async ({ page, app }) => {
  const headersOf = async (path: string) => {
    const headers = Object.entries((await page.request.get(`${app.url}${path}`)).headers());
    return headers
      .filter(([name]) => !['date', 'etag', 'content-length'].includes(name))
      .map(([name, value]) => [name, value.replace(/nonce-[^']+/, 'nonce')]);
  };
  expect(await headersOf('/ko/login')).toEqual(await headersOf('/login'));
});
