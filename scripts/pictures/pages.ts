import { button, downTo, logIn, logInOnAPhone, notesOf, write, type Clip, type Stage } from './stage.ts';

/** The pages in the state in which they have something to show; each answers what of it to take. */
export const pages = {
  async home(stage: Stage) {
    await stage.page.goto(stage.url);
    await stage.page.getByRole('img', { name: stage.messages.home.pictureAlt }).waitFor();
    return downTo(stage, 'main ol');
  },

  async notes(stage: Stage) {
    await logIn(stage);
    const { page } = stage;
    await write(stage, notesOf(stage));
    await page
      .locator('input[type=file]')
      .last()
      .setInputFiles({
        name: 'impression-of-the-seal.png',
        mimeType: 'image/png',
        buffer: Buffer.alloc(120_000),
      });
    await page.getByRole('link', { name: /impression/ }).waitFor();
    return downTo(stage, 'main li');
  },

  async session(stage: Stage) {
    await logInOnAPhone(stage);
    await logIn(stage);
    const { page, url, messages } = stage;
    await page.goto(`${url}/session`);
    await button(stage, messages.session.refresh).click();
    await page.getByText(messages.session.refreshed(2)).waitFor();
    return downTo(stage, 'main section');
  },

  async lab(stage: Stage) {
    await logIn(stage);
    const { page, url, messages } = stage;
    const { lab } = messages;
    await page.goto(`${url}/lab`);
    await page.getByLabel(lab.refreshLatency).fill('700');
    await page.getByLabel(lab.apiLatency).fill('40');
    await button(stage, lab.apply).click();
    await page.getByText(lab.saved).waitFor();
    await button(stage, lab.expire).click();
    await page.getByText(lab.expired).waitFor();
    await page.getByLabel(lab.requests).fill('12');
    await page.locator('main form').first().locator('[type=submit]').click();
    await page.getByTestId('burst-summary').waitFor();
    const rows = page.getByRole('listbox', { name: lab.rows });
    await rows.getByRole('option').nth(4).hover();
    await page.mouse.move(0, 0);
    return downTo(stage, 'main section:has([role=listbox])');
  },
} satisfies Readonly<Record<string, (stage: Stage) => Promise<Clip>>>;
