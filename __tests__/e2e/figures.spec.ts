import { expect, logIn, test } from './fixtures.ts';

interface Figures {
  readonly lcpMs: number;
  readonly cls: number;
}

const PAGES = ['/', '/login', '/notes', '/session', '/lab', '/ko', '/ko/notes'];

test('every page paints its largest thing in time, moves nothing, and stays light', async ({
  browser,
  app,
}) => {
  test.setTimeout(120_000);
  const state = await browser.newContext();
  await logIn(await state.newPage(), app);
  const storageState = await state.storageState();
  for (const path of PAGES) {
    // A context of its own: nothing is cached, as on a first visit.
    const context = await browser.newContext(path.endsWith('/login') ? {} : { storageState });
    const page = await context.newPage();
    const wire = await context.newCDPSession(page);
    await wire.send('Network.enable');
    const scripts = new Set<string>();
    let scriptBytes = 0;
    wire.on('Network.responseReceived', ({ requestId, type }) => {
      if (type === 'Script') scripts.add(requestId);
    });
    wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) scriptBytes += encodedDataLength;
    });
    await page.goto(`${app.url}${path}`, { waitUntil: 'networkidle' });
    const { lcpMs, cls } = await page.evaluate(
      () =>
        new Promise<Figures>((resolve) => {
          let cls = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
              cls += entry.value;
          }).observe({ type: 'layout-shift', buffered: true });
          new PerformanceObserver((list) => {
            resolve({ lcpMs: list.getEntries().at(-1)?.startTime ?? NaN, cls });
          }).observe({ type: 'largest-contentful-paint', buffered: true });
        }),
    );
    console.log(
      `${path.padEnd(10)} LCP ${lcpMs.toFixed(0)} ms  CLS ${cls.toFixed(3)}  scripts ${(scriptBytes / 1000).toFixed(1)} KB over the wire`,
    );
    expect([path, cls < 0.1]).toEqual([path, true]);
    expect([path, lcpMs < 2500]).toEqual([path, true]);
    await context.close();
  }
});
