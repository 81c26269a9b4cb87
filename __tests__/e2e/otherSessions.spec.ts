import { expect, logIn, test } from './fixtures.ts';

test('a session left open elsewhere is seen, and logged out from here by keyboard; what was typed there is kept', async ({
  page,
  browser,
  app,
}) => {
  const elsewhere = await browser.newContext({ locale: 'en-US' });
  const left = await elsewhere.newPage();
  await logIn(left, app);
  await left.getByLabel('New note').fill('half a thought');
  await logIn(page, app);
  await page.goto(`${app.url}/session`);

  const card = page.getByRole('region', { name: 'Your other sessions' });
  // Who else of this app's tests was logged in is on the list too; the last one to log in is first.
  const row = card.getByRole('listitem').first();
  await expect(row).toContainText('Chrome on Linux');
  await expect(row).toContainText('Logged in just now');
  const before = await card.getByRole('listitem').count();
  await row.getByRole('button', { name: 'Log out Chrome on Linux' }).focus();
  await page.keyboard.press('Enter');
  const said = card.getByText('Chrome on Linux is logged out.');
  await expect(said).toBeFocused();
  await expect(card.getByRole('listitem')).toHaveCount(before - 1);
  await expect(page.getByText('Ada Lovelace').first()).toBeVisible();

  await left.getByRole('button', { name: 'Add note' }).click();
  await expect(left.getByText('Your session has ended. What you typed is kept.')).toBeVisible();
  await left.getByRole('link', { name: 'Log in again' }).click();
  await left.getByLabel('Username').fill('ada');
  await left.getByLabel('Password').fill('lovelace');
  await left.getByRole('button', { name: 'Log in' }).click();
  await expect(left.getByLabel('New note')).toHaveValue('half a thought');
  await elsewhere.close();
});
