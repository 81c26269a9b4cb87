import type { Page } from '@playwright/test';
import type { LabMessages } from '../../components/messages/en/lab.ts';
import type { Messages } from '../../components/messages/MessagesContext.ts';

/** A browser page, the app in one language, and what is written on its buttons. */
export interface Visit {
  readonly page: Page;
  readonly url: string;
  readonly messages: Messages & { readonly lab: LabMessages };
}

/** The part of the page that is worth a picture, in CSS pixels. */
export interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const button = ({ page }: Visit, name: string) => page.getByRole('button', { name, exact: true });

export async function logIn(visit: Visit): Promise<void> {
  const { page, url, messages } = visit;
  await page.goto(`${url}/login`);
  await page.getByLabel(messages.login.username).fill('ada');
  await page.getByLabel(messages.login.password).fill('lovelace');
  await button(visit, messages.login.submit).click();
  await page.waitForURL(/\/notes$/);
}

/** Leaves a session elsewhere, to be shown among the others. */
export async function logInOnAPhone({ url }: Visit): Promise<void> {
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
export async function downTo({ page }: Visit, selector: string): Promise<Clip> {
  const box = await page.locator(selector).last().boundingBox();
  const width = page.viewportSize()?.width ?? 0;
  return { x: 0, y: 0, width, height: Math.ceil((box?.y ?? 0) + (box?.height ?? 0) + 32) };
}

export async function write(visit: Visit, texts: readonly string[]): Promise<void> {
  const { page, messages } = visit;
  for (const text of texts) {
    await page.getByLabel(messages.notes.newLabel).fill(text);
    await button(visit, messages.notes.add).click();
    await page.getByRole('listitem').filter({ hasText: text }).waitFor();
  }
}

const NOTES = {
  en: ['Seal the letters to Menabrea', 'Ask Babbage for the drawings of the mill', 'Buy wax'],
  ko: ['메나브레아에게 보낼 편지 봉하기', '배비지에게 도면 부탁하기', '밀랍 사기'],
} as const;

/** What Ada has to remember, in the language of the page. */
export const notesOf = ({ url }: Visit) => NOTES[url.endsWith('/ko') ? 'ko' : 'en'];
