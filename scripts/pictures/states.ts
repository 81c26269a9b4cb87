import { button, downTo, logIn, notesOf, write, type Clip, type Stage } from './stage.ts';

/** What a person meets now and then; each answers what of the page to take. */
export const states = {
  async login(stage: Stage) {
    const { page, url, messages } = stage;
    await page.goto(`${url}/login`);
    await page.getByLabel(messages.login.username).fill('ada');
    await page.getByLabel(messages.login.password).fill('babbage');
    await button(stage, messages.login.submit).click();
    await page.locator('main [role=alert]').waitFor();
    return downTo(stage, 'main section');
  },

  /** A note about to be deleted. */
  async sure(stage: Stage) {
    await logIn(stage);
    const { page, messages } = stage;
    const text = notesOf(stage)[0];
    await write(stage, [text]);
    await button(stage, messages.notes.removeOf(text)).click();
    await page.getByRole('alertdialog').waitFor();
    return downTo(stage, 'footer');
  },

  /** The session was ended from elsewhere while something was typed. */
  async ended(stage: Stage) {
    await logIn(stage);
    const { page, messages } = stage;
    await page.getByLabel(messages.notes.newLabel).fill(notesOf(stage)[1]);
    await page.route('**/api/**', (route) =>
      route.fulfill({
        status: 401,
        headers: { 'X-Reseal-Reason': 'session_ended', 'Content-Type': 'application/problem+json' },
        json: { code: 'session_ended' },
      }),
    );
    await button(stage, messages.notes.add).click();
    await page.getByRole('link', { name: messages.shell.endedAction }).waitFor();
    return downTo(stage, 'footer');
  },

  async missing(stage: Stage) {
    await stage.page.goto(`${stage.url}/nothing`);
    return downTo(stage, 'footer');
  },
} satisfies Readonly<Record<string, (stage: Stage) => Promise<Clip>>>;
