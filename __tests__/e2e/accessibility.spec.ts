import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { en } from '../../components/messages/en/en.ts';
import { lab as labInEnglish } from '../../components/messages/en/lab.ts';
import { ko } from '../../components/messages/ko/ko.ts';
import { lab as labInKorean } from '../../components/messages/ko/lab.ts';
import { expect, logIn, test } from './fixtures.ts';
import { aFile } from './files.ts';

const LANGUAGES = [
  ['English', '', en, labInEnglish],
  ['Korean', '/ko', ko, labInKorean],
] as const;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const GRACE = { method: 'POST', body: JSON.stringify({ username: 'grace', password: 'hopper' }) };
const SCHEMES = ['light', 'dark'] as const;

/** No rule of axe is left out, its best practices among them; and at 360 px nothing is wider than the page. */
async function expectNoViolations(page: Page, state: string): Promise<void> {
  // A colour on its way from one scheme to the other has the contrast of neither.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .map((animation) => (animation instanceof CSSTransition ? animation.finished : null)),
    ).catch(() => undefined),
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map(({ html }) => html).join()}`);
  expect(found).toEqual([]);
  const size = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect([state, overhang <= 0]).toEqual([state, true]);
  if (size) await page.setViewportSize(size);
}

for (const [language, prefix, { login, notes, session, others, shell, errors, toasts }, lab] of LANGUAGES)
  for (const scheme of SCHEMES)
    test(`axe finds nothing in any page or state: ${language}, ${scheme}`, async ({ page, app }) => {
      test.setTimeout(180_000);
      const at = (path: string) => page.goto(`${app.url}${prefix}${path}`);
      const check = (state: string) => expectNoViolations(page, state);
      const button = (name: string) => page.getByRole('button', { name, exact: true });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });

      await at('/');
      await check('home, anonymous');
      await at('/nothing');
      await check('nothing at this address');
      await at('/login');
      await button(login.submit).click();
      await expect(page.getByRole('alert').filter({ hasText: login.required })).toBeVisible();
      await check('login, refused');
      await page.getByLabel(login.username).fill('grace');
      await page.getByLabel(login.password).fill('hopper');
      await button(login.submit).click();
      await page.waitForURL(/\/notes$/);

      await expect(page.getByText(notes.empty)).toBeVisible();
      await check('notes, none');
      await page.getByLabel(notes.newLabel).fill('First');
      await button(notes.add).click();
      await button(notes.removeOf('First')).click();
      await expect(page.getByRole('alertdialog', { name: notes.removeSure })).toBeVisible();
      await check('notes, about to be deleted');
      await button(notes.removeNo).click();
      await page.route('**/attachment?**', () => undefined);
      await page.locator('input[type=file]').setInputFiles(aFile('wax.txt'));
      await expect(page.getByRole('progressbar')).toBeVisible();
      await check('notes, a file on its way');
      await button(notes.cancelUpload).click();
      await expect(button(notes.retryUpload)).toBeVisible();
      await check('notes, an upload cancelled');
      await page.unroute('**/attachment?**');
      await button(notes.retryUpload).click();
      await expect(page.getByText(toasts.sentence.uploaded('wax.txt'))).toBeVisible();
      await check('notes, a file attached and reported by a toast');
      await button(notes.editOf('First')).click();
      await check('notes, edited');
      await page.route('**/api/upstream/notes', (route) => route.fulfill({ status: 502, json: {} }));
      await page.reload();
      await expect(button(errors.retry)).toBeVisible();
      await check('notes, failed');
      await page.unroute('**/api/upstream/notes');
      await button(errors.retry).click();
      // The edit outlived the reload.
      await button(notes.cancel).click();
      await button(notes.removeOf('First')).click();
      // The list is empty at once; the next person of this app finds it so only when the upstream has heard.
      const gone = page.waitForResponse((it) => it.request().method() === 'DELETE' && it.ok());
      await button(notes.removeYes).click();
      await expect(page.getByText(notes.empty)).toBeVisible();
      await gone;

      await at('/');
      await check('home, signed in');
      const phone = {
        headers: { 'Content-Type': 'application/json', 'X-Reseal': '1', 'User-Agent': IPHONE },
        ...GRACE,
      };
      expect((await fetch(`${app.url}/api/login`, phone)).status).toBe(200);
      await at('/session');
      await expect(page.getByText(others.device({ browser: 'Safari', system: 'iOS' })).first()).toBeVisible();
      await button(session.refresh).click();
      // Tokens live ten seconds: it may have been refreshed on the way here already.
      const refreshed = new RegExp(session.refreshed(0).replace('0', '\\d+'));
      await expect(page.getByText(refreshed)).toBeVisible();
      await check('session, refreshed, and another one elsewhere');
      const itsDevice = others.device({ browser: 'Safari', system: 'iOS' });
      await button(others.endOf(itsDevice)).first().click();
      await expect(page.getByText(others.ended(itsDevice))).toBeVisible();
      await check('session, another one logged out');
      await button(session.everywhere).click();
      await expect(page.getByRole('alertdialog', { name: session.everywhereSure })).toBeVisible();
      await check('session, about to be logged out everywhere');
      await button(session.everywhereNo).click();

      await at('/lab');
      await expect(page.getByText(lab.counters.refreshCalls)).toBeVisible();
      await check('lab, nothing sent');
      await button(lab.expire).click();
      await page.getByLabel(lab.requests).fill('12');
      await page.getByRole('button', { name: lab.send }).click();
      await expect(page.getByTestId('burst-summary')).toBeVisible();
      await page.getByText(lab.asTable).click();
      await page.getByRole('listbox', { name: lab.rows }).press('End');
      await check('lab, after a burst');

      await at('/session');
      // As from a server whose issuer has refused for good.
      await page.route('**/api/user', (route) =>
        route.fulfill({
          status: 401,
          headers: { 'X-Reseal-Reason': 'session_ended', 'Content-Type': 'application/problem+json' },
          json: { code: 'session_ended' },
        }),
      );
      await button(session.refresh).click();
      await expect(page.getByText(shell.ended)).toBeVisible();
      await check('session, ended');
    });

test('a session that ends soon says so, to axe’s liking, and one press prolongs it', async ({
  page,
  app,
}) => {
  await page.clock.install();
  await logIn(page, app);
  const twoWeeksMs = 14 * 86_400_000;
  await page.clock.fastForward(twoWeeksMs - 90_000);
  const stay = page.getByRole('button', { name: en.shell.stay });
  await expect(stay).toBeVisible();
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `ending soon, ${colorScheme}`);
  }
  await stay.click();
  await expect(stay).toHaveCount(0);
  await expect(page.getByText('Ada Lovelace').first()).toBeVisible();
});

test('with reduced motion the drawing of the home page is simply there', async ({ page, app }) => {
  const revealed = () =>
    page
      .getByRole('img', { name: en.home.pictureAlt })
      .evaluate((drawing) => getComputedStyle(drawing).animationDuration);
  await page.goto(app.url);
  expect(await revealed()).toBe('6s');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(parseFloat(await revealed())).toBeLessThan(0.001);
});
