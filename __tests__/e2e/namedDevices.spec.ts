import { expect, logIn, test } from './fixtures.ts';

test('a person names this device and another one with the keyboard, and each sees both names', async ({
  page,
  browser,
  app,
}) => {
  const elsewhere = await browser.newContext({ locale: 'en-US' });
  const other = await elsewhere.newPage();
  await logIn(other, app);
  await logIn(page, app);
  await page.goto(`${app.url}/session`);
  const here = page.getByRole('region', { name: 'This device' });
  const others = page.getByRole('region', { name: 'Your other sessions' });

  await here.getByRole('button', { name: 'Rename Chrome on Linux' }).focus();
  await page.keyboard.press('Enter');
  await expect(here.getByLabel('Name for Chrome on Linux')).toBeFocused();
  await page.keyboard.type('Desk');
  await page.keyboard.press('Enter');
  await expect(here.getByRole('button', { name: 'Rename Desk' })).toBeFocused();
  await expect(here.getByRole('status')).toHaveText('Saved.');

  // Who else of this app's tests was logged in is on the list too; the last one to log in is first.
  await others
    .getByRole('listitem')
    .first()
    .getByRole('button', { name: /^Rename/ })
    .press('Enter');
  await page.keyboard.type('침대 옆 태블릿');
  await page.keyboard.press('Tab');
  await expect(others.getByRole('button', { name: 'Save name' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(others.getByRole('button', { name: 'Log out 침대 옆 태블릿' })).toBeVisible();
  await expect(others.getByRole('listitem').first()).toContainText('same network as this device');

  await other.goto(`${app.url}/session`);
  await expect(other.getByRole('region', { name: 'This device' })).toContainText('침대 옆 태블릿');
  await expect(other.getByRole('region', { name: 'Your other sessions' })).toContainText('Desk');

  await page.getByRole('button', { name: 'Refresh now' }).click();
  await expect(page.getByText('Refreshed: this is version 2 now.')).toBeVisible();
  await page.reload();
  await expect(here).toContainText('Desk');
  await elsewhere.close();
});
