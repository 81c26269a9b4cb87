import { button, downTo, logIn, notesOf, write, type Clip, type Visit } from './visit.ts';

/** What a person meets now and then; each answers what of the page to take. */
export const states = {
  async login(visit: Visit) {
    const { page, url, messages } = visit;
    await page.goto(`${url}/login`);
    await page.getByLabel(messages.login.username).fill('ada');
    await page.getByLabel(messages.login.password).fill('babbage');
    await button(visit, messages.login.submit).click();
    await page.locator('main [role=alert]').waitFor();
    return downTo(visit, 'main section');
  },

  /** A note about to be deleted. */
  async sure(visit: Visit) {
    await logIn(visit);
    const { page, messages } = visit;
    const text = notesOf(visit)[0];
    await write(visit, [text]);
    await button(visit, messages.notes.removeOf(text)).click();
    await page.getByRole('alertdialog').waitFor();
    return downTo(visit, 'footer');
  },

  /** The session was ended from elsewhere while something was typed. */
  async ended(visit: Visit) {
    await logIn(visit);
    const { page, messages } = visit;
    await page.getByLabel(messages.notes.newLabel).fill(notesOf(visit)[1]);
    await page.route('**/api/**', (route) =>
      route.fulfill({
        status: 401,
        headers: { 'X-Reseal-Reason': 'session_ended', 'Content-Type': 'application/problem+json' },
        json: { code: 'session_ended' },
      }),
    );
    await button(visit, messages.notes.add).click();
    await page.getByRole('link', { name: messages.shell.endedAction }).waitFor();
    return downTo(visit, 'footer');
  },

  async missing(visit: Visit) {
    await visit.page.goto(`${visit.url}/nothing`);
    return downTo(visit, 'footer');
  },
} satisfies Readonly<Record<string, (visit: Visit) => Promise<Clip>>>;
