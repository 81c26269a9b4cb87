import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

/** Goes on with the tab key until what has the focus is called so, as a person would. */
async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 250; presses += 1) {
    await page.keyboard.press(key);
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLInputElement | null;
      const label = element?.labels?.[0]?.textContent;
      return element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '';
    });
    if (typeof name === 'string' ? focused === name : name.test(focused)) return expectRing(page);
  }
  throw new Error(`The keyboard never came to ${String(name)}`);
}

/** Where the focus is can be seen. */
async function expectRing(page: Page): Promise<void> {
  const style = await page.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
    return `${outlineStyle} ${outlineWidth}`;
  });
  expect(style).toMatch(/^(solid|auto) [1-9]/);
}

// Recorded, picture by picture: `npx playwright show-trace` on the zip that it leaves in .reseal/playwright.
test.use({ trace: 'on' });

test('a person logs in, keeps notes, sends a burst, refreshes and logs out by keyboard alone', async ({
  page,
  app,
}) => {
  const { keyboard } = page;
  await page.goto(app.url);
  await keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await keyboard.press('Enter');

  await page.goto(`${app.url}/notes`);
  await expect(page.getByLabel('Username')).toBeFocused();
  await keyboard.type('ada');
  await tabTo(page, 'Password');
  await keyboard.type('lovelace');
  await keyboard.press('Enter');
  await page.waitForURL(/\/notes$/);

  await tabTo(page, 'New note');
  await keyboard.type('Typed, not clicked');
  await tabTo(page, 'Add note');
  await keyboard.press('Enter');
  await expect(page.getByText('Typed, not clicked')).toHaveCount(1);

  await tabTo(page, 'Edit “Typed, not clicked”');
  await keyboard.press('Enter');
  await expect(page.getByLabel('Note text')).toBeFocused();
  await keyboard.press('End');
  await keyboard.type(' at all');
  await keyboard.press('Control+Enter');
  await expect(page.getByText('Typed, not clicked at all')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit “Typed, not clicked at all”' })).toBeFocused();

  await tabTo(page, 'Delete “Typed, not clicked at all”');
  await keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await tabTo(page, 'Yes, delete');
  await keyboard.press('Enter');
  await expect(page.getByText('Typed, not clicked at all', { exact: true })).toHaveCount(0);
  expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true);

  await tabTo(page, 'Lab', 'Shift+Tab');
  await keyboard.press('Enter');
  await page.waitForURL(/\/lab$/);
  await tabTo(page, 'Path');
  await keyboard.press('Control+A');
  await keyboard.type('/me');
  await tabTo(page, 'Requests');
  await keyboard.press('Control+A');
  await keyboard.type('5');
  await tabTo(page, 'Expire the access token');
  await keyboard.press('Space');
  await expect(page.getByText('The access token has expired. Send a burst.')).toBeVisible();
  await tabTo(page, 'Send burst', 'Shift+Tab');
  await keyboard.press('Space');
  await expect(page.getByTestId('burst-summary')).toHaveText('5 succeeded, 0 failed, 1 refresh');
  await tabTo(page, 'Timeline rows');
  await keyboard.press('End');
  await expect(page.getByTestId('row-details')).toContainText('answered');
  await tabTo(page, 'Export as JSON');
  const saved = page.waitForEvent('download');
  await keyboard.press('Enter');
  expect((await saved).suggestedFilename()).toBe('reseal-timeline.json');

  await tabTo(page, 'Session', 'Shift+Tab');
  await keyboard.press('Enter');
  await page.waitForURL(/\/session$/);
  await tabTo(page, 'Refresh now');
  await keyboard.press('Enter');
  await expect(page.getByText(/^Refreshed: this is version/)).toBeVisible();
  await tabTo(page, 'Log out everywhere', 'Shift+Tab');
  await keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Stay logged in' })).toBeFocused();
  await keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Log out everywhere' })).toBeFocused();
  await tabTo(page, 'Log out', 'Shift+Tab');
  await keyboard.press('Enter');
  await page.waitForURL(/\/login/);
});
