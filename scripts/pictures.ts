import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type Page } from '@playwright/test';
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

/** The README's pictures; `--all` takes every subject in both widths, colours and languages, to be looked at. */
const COMMITTED = [
  ['home', 'home', 'en', 'light'],
  ['lab', 'lab', 'en', 'light'],
  ['lab-dark', 'lab', 'en', 'dark'],
  ['lab.ko', 'lab', 'ko', 'light'],
  ['notes', 'notes', 'en', 'light'],
  ['session', 'session', 'en', 'light'],
] as const;

const LANGUAGES = { en: { ...en, lab: labInEnglish }, ko: { ...ko, lab: labInKorean } } as const;

interface Order {
  readonly file: string;
  readonly subject: Subject;
  readonly language: keyof typeof LANGUAGES;
  readonly colorScheme: 'light' | 'dark';
  readonly width: number;
}

const isAll = process.argv.includes('--all');
const folder = isAll ? '.reseal/pictures' : 'docs/pictures';

const orders: Order[] = isAll
  ? Object.keys(SUBJECTS).flatMap((subject) =>
      (['en', 'ko'] as const).flatMap((language) =>
        (['light', 'dark'] as const).flatMap((colorScheme) =>
          [1280, 390].map((width) => ({
            file: `${folder}/${subject}-${width}-${colorScheme}.${language}.png`,
            subject: subject as Subject,
            language,
            colorScheme,
            width,
          })),
        ),
      ),
    )
  : COMMITTED.map(([name, subject, language, colorScheme]) => ({
      file: `${folder}/${name}.png`,
      subject,
      language,
      colorScheme,
      width: 1080,
    }));

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
  const { file, subject, language, colorScheme, width } = order;
  const context = await browser.newContext({
    viewport: { width, height: isAll ? 800 : 1300 },
    deviceScaleFactor: isAll ? 1 : 1.25,
    colorScheme,
    locale: language,
    // What moves is there at once.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  if (language === 'ko' && !(await hasKorean(page))) {
    console.log(`left out ${file}: this machine has no Korean font (fonts-noto-cjk, for instance)`);
    return context.close();
  }
  const visit = { page, url: language === 'en' ? url : `${url}/${language}`, messages: LANGUAGES[language] };
  const clip = await SUBJECTS[subject](visit);
  await page.screenshot({ path: file, ...(isAll || !clip ? { fullPage: isAll } : { clip }) });
  console.log(file);
  await context.close();
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
  const app = await startNext({ UPSTREAM_URL: upstream.url });
  await take(browser, app.url, order);
  await app.stop();
  await upstream.close();
}
await browser.close();
