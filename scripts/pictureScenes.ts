import type { Page } from '@playwright/test';
import type { LabMessages } from '../components/messages/en/lab.ts';
import type { Messages } from '../components/messages/MessagesContext.ts';

/** A browser page, the app in one language, and what is written on its buttons. */
interface Stage {
  readonly page: Page;
  readonly url: string;
  readonly messages: Messages & { readonly lab: LabMessages };
}

/** The part of the page that is worth a picture, in CSS pixels. */
interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const button = ({ page }: Stage, name: string) => page.getByRole('button', { name, exact: true });

async function logIn(stage: Stage): Promise<void> {
  const { page, url, messages } = stage;
  await page.goto(`${url}/login`);
  await page.getByLabel(messages.login.username).fill('ada');
  await page.getByLabel(messages.login.password).fill('lovelace');
  await button(stage, messages.login.submit).click();
  await page.waitForURL(/\/notes$/);
}

/** Leaves a session elsewhere, to be shown among the others. */
async function logInOnAPhone({ url }: Stage): Promise<void> {
  const answer = await fetch(new URL('/api/login', url), {
    method: 'POST',
    headers: {
      'X-Reseal': '1',
      'Content-Type': 'application/json',
      'User-Agent':
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    },
    body: JSON.stringify({ username: 'ada', password: 'lovelace' }),
  });
  if (!answer.ok) throw new Error(`The login on the phone answered ${answer.status}.`);
}

/** From the top of the page to the end of what is named last. */
async function downTo({ page }: Stage, selector: string): Promise<Clip> {
  const box = await page.locator(selector).last().boundingBox();
  const width = page.viewportSize()?.width ?? 0;
  return { x: 0, y: 0, width, height: Math.ceil((box?.y ?? 0) + (box?.height ?? 0) + 32) };
}

async function write(stage: Stage, texts: readonly string[]): Promise<void> {
  const { page, messages } = stage;
  for (const text of texts) {
    await page.getByLabel(messages.notes.newLabel).fill(text);
    await button(stage, messages.notes.add).click();
    await page.getByRole('listitem').filter({ hasText: text }).waitFor();
  }
}

const NOTES = {
  en: ['Seal the letters to Menabrea', 'Ask Babbage for the drawings of the mill', 'Buy wax'],
  ko: ['메나브레아에게 보낼 편지 봉하기', '배비지에게 도면 부탁하기', '밀랍 사기'],
};

/** The pages in the state in which they have something to show; each answers what of it to take. */
export const SCENES = {
  async home(stage: Stage) {
    await stage.page.goto(stage.url);
    await stage.page.getByRole('img', { name: stage.messages.home.pictureAlt }).waitFor();
    return downTo(stage, 'main ol');
  },

  async notes(stage: Stage) {
    await logIn(stage);
    const { page, url } = stage;
    await write(stage, NOTES[url.endsWith('/ko') ? 'ko' : 'en']);
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

/** A page worth a picture. */
export type Scene = keyof typeof SCENES;
