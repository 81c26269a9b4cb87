import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { en } from '../../components/messages/en/en.ts';
import { ko } from '../../components/messages/ko/ko.ts';
import { expect, logIn, test, type App } from './fixtures.ts';

const LANGUAGES = [
  ['English', '', en],
  ['Korean', '/ko', ko],
] as const;
const PATHS = ['/', '/login', '/notes', '/session', '/lab'] as const;

/** Shows one page whole; the login page only before the login. */
async function open(page: Page, { url }: App, path: string): Promise<void> {
  await page.goto(url + path);
  await page.waitForLoadState('networkidle');
}

/** Texts that are cut, without a way to read the rest: hidden overflow of what is not there for a screen reader alone. */
const cutTexts = (page: Page) =>
  page.evaluate(() => {
    const isCut = (element: Element) => {
      const { overflowX, textOverflow, clipPath, position } = getComputedStyle(element);
      const isForReaders = clipPath !== 'none' || (position === 'absolute' && element.clientWidth <= 1);
      if (isForReaders || textOverflow === 'ellipsis' || !/hidden|clip/.test(overflowX)) return false;
      return element.scrollWidth > element.clientWidth + 1 && element.textContent.trim() !== '';
    };
    return [...document.querySelectorAll('main *, header *, footer *')]
      .filter(isCut)
      .map(({ outerHTML }) => outerHTML.slice(0, 120));
  });

/** Pairs of buttons, links and fields that lie on each other. */
const overlaps = (page: Page) =>
  page.evaluate(() => {
    const boxes = [...document.querySelectorAll('a, button, input:not([type=checkbox]), select, textarea')]
      .filter((element) => element.getClientRects().length > 0 && !element.closest('.sr-only'))
      .map((element) => ({ element, box: element.getBoundingClientRect() }));
    return boxes.flatMap(({ element, box }, at) =>
      boxes
        .slice(at + 1)
        .filter(({ element: other, box: its }) => {
          if (element.contains(other) || other.contains(element)) return false;
          const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
          const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
          return across > 1 && down > 1;
        })
        .map(({ element: other }) => `${element.outerHTML.slice(0, 90)} on ${other.outerHTML.slice(0, 90)}`),
    );
  });

for (const [language, prefix, { login }] of LANGUAGES)
  test(`at 320 px, and with text of 200 %, no page scrolls sideways, cuts a text or covers a control: ${language}`, async ({
    page,
    app,
  }) => {
    test.setTimeout(120_000);
    const check = async (state: string) => {
      const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect([state, Math.max(0, overhang), await cutTexts(page), await overlaps(page)]).toEqual([
        state,
        0,
        [],
        [],
      ]);
    };
    const checkAll = async (path: string) => {
      await page.setViewportSize({ width: 320, height: 640 });
      await open(page, app, prefix + path);
      await check(`${path} at 320 px`);
      // 1280 px at 200 % text: WCAG 1.4.4 asks for text that grows alone, here by the size that all others are counted from.
      await page.setViewportSize({ width: 640, height: 800 });
      await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
      await check(`${path} with text of 200 %`);
    };
    await checkAll('/');
    await checkAll('/login');
    await page.setViewportSize({ width: 1280, height: 800 });
    await open(page, app, `${prefix}/login`);
    await page.getByLabel(login.username).fill('ada');
    await page.getByLabel(login.password).fill('lovelace');
    await page.getByRole('button', { name: login.submit, exact: true }).click();
    await page.waitForURL(/\/notes$/);
    for (const path of ['/notes', '/session', '/lab']) await checkAll(path);
  });

test('axe finds nothing at any moment of the drawing on the home page, light or dark', async ({
  page,
  app,
}) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto(app.url);
    for (const atMs of [0, 1500, 3000, 4500]) {
      const running = await page.evaluate((ms) => {
        const animations = document.getAnimations();
        for (const animation of animations) {
          animation.pause();
          animation.currentTime = ms;
        }
        return animations.length;
      }, atMs);
      expect(running).toBeGreaterThan(3);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect([colorScheme, atMs, violations.map(({ id }) => id)]).toEqual([colorScheme, atMs, []]);
    }
  }
});

test('with reduced motion nothing moves on any page', async ({ page, app }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await logIn(page, app);
  for (const path of PATHS.filter((one) => one !== '/login')) {
    await open(page, app, path);
    const moving = await page.evaluate(() =>
      document
        .getAnimations()
        .filter(
          ({ effect, playState }) =>
            playState === 'running' && Number(effect?.getComputedTiming().duration) > 50,
        )
        .map(({ effect }) => (effect as KeyframeEffect).target?.className ?? ''),
    );
    expect([path, moving]).toEqual([path, []]);
  }
});

test('on paper there is the content in dark ink on white: no navigation, no button, no shadow of the screen', async ({
  page,
  app,
}) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await logIn(page, app);
  await open(page, app, '/session');
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('heading', { name: 'This device' })).toBeVisible();
  await expect(page.getByRole('navigation')).toBeHidden();
  for (const button of await page.getByRole('main').getByRole('button').all())
    await expect(button).toBeHidden();
  const { ink, paper, shadows } = await page.evaluate(() => {
    const body = getComputedStyle(document.body);
    const cards = [...document.querySelectorAll('main section')].map((card) => getComputedStyle(card));
    return {
      ink: body.color,
      paper: [body.backgroundColor, ...cards.map(({ backgroundColor }) => backgroundColor)],
      shadows: cards.map(({ boxShadow }) => boxShadow),
    };
  });
  expect(ink).toBe('rgb(28, 27, 25)');
  expect(new Set(paper)).toEqual(new Set(['rgb(255, 255, 255)']));
  expect(new Set(shadows)).toEqual(new Set(['none']));
});
