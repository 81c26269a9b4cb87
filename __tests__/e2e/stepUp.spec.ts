import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';
import { signInThere, testWithProvider, type Place } from './provider.ts';

/*
 * Deleting all notes asks for a login that has just been made: the built app, a real provider and the API behind it, which
 * demands the login.
 */

const test = testWithProvider({ accessTtlSeconds: 60 });

const notes = (page: Page) => page.getByRole('list', { name: 'Your notes' }).getByRole('listitem');

/** Each test has a person of its own, who has no notes yet. */
let people = 0;
let ada = '';

/** Ada with two notes, before an API that from here on demands a newer login. */
async function adaWithNotes(page: Page, { url, provider }: Place, language = ''): Promise<void> {
  ada = `ada${++people}`;
  await page.goto(`${url}/login?returnTo=/notes`);
  await page.getByRole('link', { name: 'Log in with your provider' }).click();
  await signInThere(page, ada);
  await page.waitForURL(`${url}/notes`);
  for (const text of ['one', 'two']) {
    await page.getByLabel('New note').fill(text);
    await page.getByRole('button', { name: 'Add note' }).click();
    await notes(page).getByText(text, { exact: true }).waitFor();
  }
  await provider.demandFreshLogin();
  if (language) await page.goto(`${url}${language}/notes`);
}

const dialog = (page: Page) => page.getByRole('alertdialog', { name: 'Confirm it is you' });
const count = async ({ provider }: Place, name: string) => (await provider.counts())[name] ?? 0;
const sessionOf = async (page: Page, { url }: Place) => {
  const answer = await page.request.get(`${url}/api/user`, { headers: { 'X-Reseal': '1' } });
  return (await answer.json()) as { user: { id: string }; session: { id: string; version: number } };
};

/** Presses the button, and says yes. */
async function deleteAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Delete all notes' }).click();
  await page.getByRole('button', { name: 'Yes, delete all' }).click();
  await dialog(page).waitFor();
}

/** Follows the dialog into its window. */
async function openWindow(page: Page): Promise<Page> {
  const [popup] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog(page).getByRole('link', { name: 'Log in again' }).click(),
  ]);
  return popup;
}

test('a person who declines keeps the notes, and reads that nothing was done', async ({ page, place }) => {
  await adaWithNotes(page, place);
  const [deleted, refused] = [await count(place, 'notes deleted'), await count(place, 'notes refused')];
  await deleteAll(page);
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(page.locator('main').getByRole('alert')).toContainText('Your notes were not deleted.');
  await expect(page.locator('main').getByRole('alert')).toContainText('so nothing was done');
  await expect(notes(page)).toHaveCount(2);
  expect(await count(place, 'notes deleted')).toBe(deleted);
  expect(await count(place, 'notes refused')).toBe(refused + 1);
});

test('a person who logs in again has the notes deleted exactly once', async ({ page, place }) => {
  await adaWithNotes(page, place);
  const [deleted, refused] = [await count(place, 'notes deleted'), await count(place, 'notes refused')];
  const before = await sessionOf(page, place);
  await deleteAll(page);
  const popup = await openWindow(page);
  await expect(dialog(page).getByRole('status')).toHaveText(/Waiting for your login/);
  const closed = popup.waitForEvent('close');
  await signInThere(popup, ada);
  await closed;
  await expect(page.getByText('No notes yet')).toBeVisible();
  await expect(dialog(page)).toHaveCount(0);
  await expect(page.getByLabel('New note')).toBeFocused();
  expect(await count(place, 'notes deleted')).toBe(deleted + 1);
  expect(await count(place, 'notes refused')).toBe(refused + 1);
  const after = await sessionOf(page, place);
  expect(after.session.id).toBe(before.session.id);
  expect(after.session.version).toBeGreaterThan(before.session.version);
  // The page goes on: the next refresh presents the new token.
  await page.goto(`${place.url}/session`);
  await page.getByRole('button', { name: 'Refresh now' }).click();
  await expect(page.getByText(/^Refreshed: this is version/)).toBeVisible();
  expect(await count(place, 'grant.error')).toBe(0);
});

test('another person who logs in instead is refused: nothing is deleted, and the session is untouched', async ({
  page,
  place,
}) => {
  await adaWithNotes(page, place);
  const deleted = await count(place, 'notes deleted');
  const before = await page.context().cookies(place.url);
  const { session } = await sessionOf(page, place);
  await deleteAll(page);
  // The provider forgets who sat here last; else it would log that person out, everywhere.
  await page.context().clearCookies({ domain: '127.0.0.1' });
  const popup = await openWindow(page);
  const closed = popup.waitForEvent('close');
  await signInThere(popup, 'grace');
  await closed;
  await expect(dialog(page).getByRole('alert')).toContainText('You logged in with another account');
  expect(await page.context().cookies(place.url)).toEqual(before);
  expect((await sessionOf(page, place)).user.id).toBe(ada);
  expect((await sessionOf(page, place)).session).toMatchObject({ id: session.id, version: session.version });
  expect(await count(place, 'notes deleted')).toBe(deleted);
  // The dialog offers the login again, in a window of its own.
  await page.context().clearCookies({ domain: '127.0.0.1' });
  const second = await openWindow(page);
  const over = second.waitForEvent('close');
  await signInThere(second, ada);
  await over;
  await expect(page.getByText('No notes yet')).toBeVisible();
  expect(await count(place, 'notes deleted')).toBe(deleted + 1);
});

test('a login that the person declines at the provider is said, and leads nowhere', async ({
  page,
  place,
}) => {
  await adaWithNotes(page, place);
  const deleted = await count(place, 'notes deleted');
  await deleteAll(page);
  const popup = await openWindow(page);
  const closed = popup.waitForEvent('close');
  await popup.getByRole('link', { name: 'Cancel' }).click();
  await closed;
  await expect(dialog(page).getByRole('alert')).toContainText('refused the login');
  await page.keyboard.press('Escape');
  await expect(page.locator('main').getByRole('alert')).toContainText('Your notes were not deleted.');
  await expect(notes(page)).toHaveCount(2);
  expect(await count(place, 'notes deleted')).toBe(deleted);
});

test('a window that is closed leaves the dialog as it is: it can be opened again, by keyboard alone', async ({
  page,
  place,
}) => {
  await adaWithNotes(page, place);
  await deleteAll(page);
  await (await openWindow(page)).close();
  const again = dialog(page).getByRole('link', { name: 'Open the window again' });
  await again.focus();
  const [popup] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Enter')]);
  const closed = popup.waitForEvent('close');
  await signInThere(popup, ada);
  await closed;
  await expect(page.getByText('No notes yet')).toBeVisible();
});

test('a browser that blocks the window opens a tab by the link', async ({ page, place }) => {
  await page.addInitScript(() => {
    window.open = () => null;
  });
  await adaWithNotes(page, place);
  await deleteAll(page);
  const tab = await openWindow(page);
  await signInThere(tab, ada);
  await expect(page.getByText('No notes yet')).toBeVisible();
});

test('a logout in another tab takes the question away, and the person who comes next is not asked', async ({
  page,
  place,
}) => {
  await adaWithNotes(page, place);
  const deleted = await count(place, 'notes deleted');
  await deleteAll(page);
  const other = await page.context().newPage();
  await other.goto(`${place.url}/session`);
  await other.getByRole('button', { name: 'Log out', exact: true }).click();
  await expect(dialog(page)).toHaveCount(0);
  expect(await count(place, 'notes deleted')).toBe(deleted);
});

for (const scheme of ['light', 'dark'] as const)
  for (const [width, language] of [
    [1280, ''],
    [390, '/ko'],
  ] as const)
    test(`the dialog is accessible and fits, ${scheme}, ${width} px, ${language || 'English'}`, async ({
      page,
      place,
    }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      await adaWithNotes(page, place, language);
      const names = language ? ['모든 노트 삭제', '모두 삭제', '본인인지 확인해 주세요'] : ['Delete all notes', 'Yes, delete all', 'Confirm it is you']; // prettier-ignore
      await page.getByRole('button', { name: names[0]! }).click();
      await page.getByRole('button', { name: names[1]!, exact: true }).click();
      const asked = page.getByRole('alertdialog', { name: names[2]! });
      await asked.waitFor();
      // The focus is inside, and the page does not scroll sideways.
      await expect(asked.locator(':focus')).toHaveCount(1);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
      const folder = process.env['STEP_UP_PICTURES'];
      if (folder) await page.screenshot({ path: `${folder}/${scheme}-${width}.png` });
    });

test('the page at the end of the window is accessible, in both languages, and needs no session', async ({
  page,
  place,
}) => {
  for (const [path, title] of [
    ['/stepped-up', 'You are logged in again'],
    ['/stepped-up?problem=step_up_mismatch', 'You were not logged in again'],
    ['/ko/stepped-up?problem=%3Cscript%3E', '다시 로그인했습니다'],
  ] as const) {
    await page.setViewportSize({ width: 390, height: 700 });
    await page.goto(place.url + path);
    await expect(page.getByRole('heading', { name: title })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    const folder = process.env['STEP_UP_PICTURES'];
    if (folder && path.includes('mismatch')) await page.screenshot({ path: `${folder}/end.png` });
  }
});
