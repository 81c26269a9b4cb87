import { expect, logIn, openBlank, test } from './fixtures.ts';
import { engineBundle } from './browser/bundle.ts';

/** Ten minutes by `ENDURANCE_SECONDS=600`; what runs with every test is the same, only shorter. */
const SECONDS = Number(process.env['ENDURANCE_SECONDS'] ?? 10);
const TABS = 6;

test(`six tabs with tokens of one second and a fifth of all refreshes failing end no session`, async ({
  context,
  app,
}) => {
  test.setTimeout((SECONDS + 60) * 1000);
  app.upstream.setOptions({
    accessTtlSeconds: 1,
    faults: { refresh: [{ kind: 'status503', probability: 0.2 }] },
  });
  const first = await context.newPage();
  await logIn(first, app);
  const tabs = [first, ...(await Promise.all(Array.from({ length: TABS - 1 }, () => context.newPage())))];
  const tallies = await Promise.all(
    tabs.map(async (tab) => {
      await openBlank(tab, app);
      await tab.evaluate(engineBundle);
      return tab.evaluate(async (seconds) => {
        const { http, reauth } = window.makeEngine();
        const tally: Record<string, number> = { sent: 0, answered: 0 };
        const until = performance.now() + seconds * 1000;
        while (performance.now() < until) {
          tally['sent']! += 2;
          const pair = await Promise.allSettled([
            http.get('/api/upstream/me'),
            http.get('/api/upstream/echo/a'),
          ]);
          for (const result of pair) {
            const key =
              result.status === 'fulfilled' ? 'answered' : String((result.reason as { code: string }).code);
            tally[key] = (tally[key] ?? 0) + 1;
          }
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return { ...tally, state: reauth.state };
      }, SECONDS);
    }),
  );
  const stats = app.upstream.stats();
  console.log(
    JSON.stringify({
      seconds: SECONDS,
      tallies,
      refreshCalls: stats.refreshCalls,
      granted: stats.refreshesGranted,
    }),
  );
  for (const tally of tallies) {
    expect(tally.state).not.toBe('ended');
    expect(tally).not.toHaveProperty('ERR_SESSION_ENDED');
  }
  expect(stats.reuseDetections).toBe(0);
  expect(stats.maxPresentations).toBe(1);
  await first.goto(`${app.url}/session`);
  await expect(first.getByText('Ada Lovelace').first()).toBeVisible();
});
