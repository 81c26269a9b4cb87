import { expect, test, type Page } from '@playwright/test';
import { startShortTokens } from '../support/shortTokens.ts';
import { engineBundle } from './browser/bundle.ts';

/**
 * Tokens that live for seconds, in a real browser with its six connections for each host.
 * `MINUTES=10 npx playwright test shortTokens -g storm` is the long storm.
 */
const MINUTES = Number(process.env['MINUTES'] ?? 0.25);

async function open(page: Page, url: string): Promise<Page> {
  await page.goto(url);
  await page.evaluate(engineBundle);
  return page;
}

for (const seconds of [2, 6, 10]) {
  test(`a burst of 300 requests is answered whole with tokens of ${seconds} s`, async ({ page }) => {
    const backend = await startShortTokens({ lifeMs: seconds * 1000, answerMs: 150, script: '' });
    await open(page, backend.url);
    const outcomes = await page.evaluate(() => {
      const { http } = window.makeEngine();
      return Promise.all(
        Array.from({ length: 300 }, (_, at) =>
          http.get<string>(`/api/items/${at}`).then(
            ({ data }) => (data === `/api/items/${at}` ? 'own answer' : 'another answer'),
            (error: { code?: string }) => String(error.code),
          ),
        ),
      );
    });
    await backend.close();
    const counts = Object.fromEntries([...new Set(outcomes)].map((one) => [one, outcomes.filter((o) => o === one).length])); // prettier-ignore
    console.log(`tokens of ${seconds} s: ${JSON.stringify(counts)}, ${backend.refreshes} refreshes`);
    expect(counts).toEqual({ 'own answer': 300 });
  });
}

test('a storm of six tabs with tokens of 1 s and failing refreshes surfaces no 401 and logs no tab out', async ({
  context,
}) => {
  test.setTimeout(MINUTES * 60_000 + 60_000);
  const backend = await startShortTokens({ lifeMs: 1000, answerMs: 20, failing: 0.2, script: '' });
  const tabs = await Promise.all(
    Array.from({ length: 6 }, async () => open(await context.newPage(), backend.url)),
  );
  const results = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async (ms) => {
        const { http, events } = window.makeEngine();
        const counts: Record<string, number> = {};
        const pending: Promise<void>[] = [];
        const until = performance.now() + ms;
        for (let at = 0; performance.now() < until; at++) {
          pending.push(
            http.get(`/api/items/${at}`).then(
              () => void (counts['answered'] = (counts['answered'] ?? 0) + 1),
              ({ code, response }: { code?: string; response?: { status: number } }) => {
                const key = `${code} ${response?.status ?? '-'}`;
                counts[key] = (counts[key] ?? 0) + 1;
              },
            ),
          );
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        await Promise.all(pending);
        return { counts, ended: events.filter(({ type }) => type === 'sessionEnded').length };
      }, MINUTES * 60_000),
    ),
  );
  await backend.close();
  const total: Record<string, number> = {};
  for (const { counts } of results)
    for (const [key, count] of Object.entries(counts)) total[key] = (total[key] ?? 0) + count;
  console.log(`${MINUTES} minutes: ${JSON.stringify(total)}, ${backend.refreshes} refreshes`);
  expect(results.map(({ ended }) => ended)).toEqual(tabs.map(() => 0));
  // A refresh that fails four times in a row is an outage, and says so; a bare 401 never surfaces.
  expect(Object.keys(total).filter((key) => !/^(answered|ERR_REFRESH_UNAVAILABLE)/.test(key))).toEqual([]);
});

test.describe('what the interceptor cannot see', () => {
  test('a download over a dead token is cancelled by the browser; with refreshFirst it is whole', async ({
    page,
  }) => {
    const backend = await startShortTokens({ lifeMs: 60_000, answerMs: 1, script: '' });
    await open(page, backend.url);
    const click = (isHelped: boolean) =>
      page.evaluate(async (helped) => {
        const { reauth } = window.makeEngine();
        if (helped) await window.refreshFirst(reauth);
        const link = Object.assign(document.createElement('a'), { href: '/api/file', download: 'file.txt' });
        link.click();
      }, isHelped);
    const [bare] = await Promise.all([page.waitForEvent('download'), click(false)]);
    expect(await bare.failure()).not.toBeNull();
    const [helped] = await Promise.all([page.waitForEvent('download'), click(true)]);
    expect([await helped.failure(), backend.refreshes]).toEqual([null, 1]);
    await backend.close();
  });

  test('refreshFirst costs no refresh while the token is known to live', async ({ page }) => {
    const backend = await startShortTokens({ lifeMs: 60_000, answerMs: 1, script: '' });
    await open(page, backend.url);
    await page.evaluate(async () => {
      const { reauth } = window.makeEngine();
      for (let at = 0; at < 5; at++) await window.refreshFirst(reauth);
    });
    expect(backend.refreshes).toBe(1);
    await backend.close();
  });

  test('an event stream goes on over dead tokens from the last event; a bare EventSource gives up', async ({
    page,
  }) => {
    const backend = await startShortTokens({ lifeMs: 700, answerMs: 1, script: '' });
    await open(page, backend.url);
    const seen = await page.evaluate(async () => {
      const { reauth } = window.makeEngine();
      await window.refreshFirst(reauth);
      const bare = new EventSource('/api/events/0');
      const ids: number[] = [];
      await new Promise<void>((resolve) => {
        const close = window.openEventStream(reauth, {
          url: (last) => `/api/events/${last}`,
          onEvent: ({ lastEventId }) => {
            ids.push(Number(lastEventId));
            if (ids.length < 40) return;
            close();
            resolve();
          },
        });
      });
      return { ids, isBareClosed: bare.readyState === EventSource.CLOSED };
    });
    expect(seen.ids).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect(seen.isBareClosed).toBe(true);
    expect(backend.refreshes).toBeGreaterThan(2);
    await backend.close();
  });
});
