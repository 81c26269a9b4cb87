import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type Page } from '@playwright/test';
import sharp from 'sharp';
import playwright from '../playwright.config.ts';
import { en } from '../components/messages/en/en.ts';
import { lab as labInEnglish } from '../components/messages/en/lab.ts';
import { ko } from '../components/messages/ko/ko.ts';
import { lab as labInKorean } from '../components/messages/ko/lab.ts';
import { startNext } from '../testing/nextServer.ts';
import { createUpstream } from '../upstream/createUpstream.ts';
import { pages } from './pictures/pages.ts';
import { states } from './pictures/states.ts';

const SUBJECTS = { ...pages, ...states };
type Subject = keyof typeof SUBJECTS;

/** The README's pictures; `--all` takes every subject in every width, all colours and both languages, to be looked at. */
const COMMITTED = [
  ['home', 'home', 'en', 'light'],
  ['lab', 'lab', 'en', 'light'],
  ['lab-dark', 'lab', 'en', 'dark'],
  ['lab.ko', 'lab', 'ko', 'light'],
  ['notes', 'notes', 'en', 'light'],
  ['session', 'session', 'en', 'light'],
  ['social', 'home', 'en', 'light'],
] as const;

/** What link previews show: the top of the home page, in the size that they ask for. */
const SOCIAL = { x: 0, y: 0, width: 1200, height: 630 };

const LANGUAGES = { en: { ...en, lab: labInEnglish }, ko: { ...ko, lab: labInKorean } } as const;

interface Order {
  readonly name: string;
  readonly subject: Subject;
  readonly language: keyof typeof LANGUAGES;
  readonly colorScheme: 'light' | 'dark';
}

const isAll = process.argv.includes('--all');
const folder = isAll ? '.reseal/pictures' : 'docs/pictures';
/** Names the subjects to take; all where it names none. */
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));

const ALL_WIDTHS = [1440, 1024, 768, 390, 320];
const ALL_COLOURS = [
  ['light', { colorScheme: 'light', forcedColors: 'none' }],
  ['dark', { colorScheme: 'dark', forcedColors: 'none' }],
  ['forced', { colorScheme: 'dark', forcedColors: 'active' }],
] as const;

const orders: Order[] = (
  isAll
    ? Object.keys(SUBJECTS).flatMap((subject) =>
        (['en', 'ko'] as const).map((language) => [subject, subject as Subject, language, 'light'] as const),
      )
    : COMMITTED
)
  .map(([name, subject, language, colorScheme]) => ({ name, subject, language, colorScheme }))
  .filter(({ subject }) => wanted.length === 0 || wanted.includes(subject));

/** Two different syllables look the same where the machine has boxes for both. */
async function hasKorean(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const draw = (text: string) => {
      const canvas = document.createElement('canvas');
      const pen = canvas.getContext('2d');
      if (pen) pen.font = '40px sans-serif';
      pen?.fillText(text, 10, 60);
      return canvas.toDataURL();
    };
    return draw('봉') !== draw('인');
  });
}

async function take(browser: Browser, url: string, order: Order): Promise<void> {
  const { name, subject, language, colorScheme } = order;
  const isSocial = name === 'social';
  const context = await browser.newContext({
    viewport: isAll ? { width: 1440, height: 800 } : { width: isSocial ? SOCIAL.width : 1080, height: 1300 },
    deviceScaleFactor: isAll || isSocial ? 1 : 1.25,
    colorScheme,
    locale: language,
    // What moves is there at once.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  if (language === 'ko' && !(await hasKorean(page))) {
    console.log(`left out ${name}: this machine has no Korean font (fonts-noto-cjk, for instance)`);
    return context.close();
  }
  const visit = { page, url: language === 'en' ? url : `${url}/${language}`, messages: LANGUAGES[language] };
  const clip = await SUBJECTS[subject](visit);
  if (isAll) await takeInAllForms(page, `${folder}/${name}.${language}`);
  else {
    const picture = await page.screenshot({ clip: isSocial ? SOCIAL : clip });
    // 256 colours are enough for an interface, and weigh a third.
    const file = isSocial ? 'public/social.png' : `${folder}/${name}.png`;
    await sharp(picture).png({ palette: true, quality: 90, effort: 10 }).toFile(file);
  }
  console.log(name);
  await context.close();
}

/** One state of a page in every width and in all colours, to be looked at. */
async function takeInAllForms(page: Page, file: string): Promise<void> {
  for (const [colours, media] of ALL_COLOURS) {
    await page.emulateMedia(media);
    for (const width of ALL_WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: `${file}-${width}-${colours}.png`, fullPage: true });
    }
  }
}

if (!process.argv.includes('--built')) {
  const { status } = spawnSync(process.execPath, ['node_modules/next/dist/bin/next', 'build'], {
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
  if (status !== 0) process.exit(1);
}
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch(playwright.use?.launchOptions);
for (const order of orders) {
  // An upstream of its own: every picture begins with the same empty notes and whole session.
  const upstream = await createUpstream({ lab: true, accessTtlSeconds: 600 });
  const app = await startNext({ UPSTREAM_URL: upstream.url, SESSION_STORE: 'memory' });
  await take(browser, app.url, order);
  await app.stop();
  await upstream.close();
}
await browser.close();
