import { button, downTo, logIn, logInOnAPhone, notesOf, write, type Clip, type Visit } from './visit.ts';

/** The pages in the state in which they have something to show; each answers what of it to take. */
export const pages = {
  async home(visit: Visit) {
    await visit.page.goto(visit.url);
    await visit.page.getByRole('img', { name: visit.messages.home.pictureAlt }).waitFor();
    return downTo(visit, 'main ol');
  },

  async notes(visit: Visit) {
    await logIn(visit);
    const { page } = visit;
    await write(visit, notesOf(visit));
    await page
      .locator('input[type=file]')
      .last()
      .setInputFiles({
        name: 'impression-of-the-seal.png',
        mimeType: 'image/png',
        buffer: Buffer.alloc(120_000),
      });
    await page.getByRole('link', { name: /impression/ }).waitFor();
    return downTo(visit, 'main li');
  },

  async session(visit: Visit) {
    await logInOnAPhone(visit);
    await logIn(visit);
    const { page, url, messages } = visit;
    await page.goto(`${url}/session`);
    await button(visit, messages.session.refresh).click();
    await page.getByText(messages.session.refreshed(2)).waitFor();
    return downTo(visit, 'main section');
  },

  async lab(visit: Visit) {
    await logIn(visit);
    const { page, url, messages } = visit;
    const { lab } = messages;
    await page.goto(`${url}/lab`);
    await page.getByLabel(lab.refreshLatency).fill('700');
    await page.getByLabel(lab.apiLatency).fill('40');
    await button(visit, lab.apply).click();
    await page.getByText(lab.saved).waitFor();
    await button(visit, lab.expire).click();
    await page.getByText(lab.expired).waitFor();
    await page.getByLabel(lab.requests).fill('12');
    await page.locator('main form').first().locator('[type=submit]').click();
    await page.getByTestId('burst-summary').waitFor();
    const rows = page.getByRole('listbox', { name: lab.rows });
    await rows.getByRole('option').nth(4).hover();
    await page.mouse.move(0, 0);
    return downTo(visit, 'main section:has([role=listbox])');
  },
} satisfies Readonly<Record<string, (visit: Visit) => Promise<Clip>>>;
