import { expect, logIn, sendBurst, test } from './fixtures.ts';

test('a word without end breaks where the page does, however wide that is', async ({ page, app }) => {
  await logIn(page, app, 'grace', 'hopper');
  const note = page.getByRole('list', { name: 'Your notes' }).getByRole('listitem');
  await page.getByLabel('New note').fill('w'.repeat(400));
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(note).toHaveCount(1);
  for (const width of [360, 768, 1024, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect([width, overhang]).toEqual([width, 0]);
  }
});

test('where a person forces their own colours, the phases of a request can still be distinguished', async ({
  page,
  app,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await logIn(page, app);
  expect(await sendBurst(page, app, 3)).toContain('3 succeeded');
  const swatches = page.locator('[data-testid=legend] > span > span');
  await expect(swatches).toHaveCount(8);
  const pictures = await Promise.all(
    (await swatches.all()).slice(0, 7).map(async (one) => (await one.screenshot()).toString('base64')),
  );
  expect(new Set(pictures).size).toBe(7);
  const colours = await page
    .getByRole('listbox')
    .locator('span')
    .evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).backgroundColor));
  expect(new Set(colours).size).toBeGreaterThan(1);
  expect(colours).not.toContain('rgb(255, 255, 255)');
});
