import { afterRefresh, waitMs, type Spent } from '../../../server/refresh/allowance.ts';

const NOW_MS = 1_000_000;
const spent = (fullAtMs: number, version = 1, refreshedAtMs = 0, tokens = 1): Spent => ({
  fullAtMs,
  version,
  pair: { refreshedAtMs },
  tokens,
});

test('a session that was never refreshed may refresh five times at once, and then waits a second for each', () => {
  let fullAtMs = 0;
  const waits: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    waits.push(waitMs(spent(fullAtMs), NOW_MS));
    ({ fullAtMs } = afterRefresh(spent(fullAtMs), NOW_MS));
  }
  expect(waits).toEqual([0, 0, 0, 0, 0, 1000, 1000, 1000]);
});

test.each([1, 2, 4, 9])(
  'with %i tokens a session may make five times as many at once, and then one a second of each',
  (tokens) => {
    let fullAtMs = 0;
    const waits: number[] = [];
    for (let n = 0; n < 5 * tokens + 3; n += 1) {
      waits.push(Math.round(waitMs(spent(fullAtMs, 1, 0, tokens), NOW_MS)));
      ({ fullAtMs } = afterRefresh(spent(fullAtMs, 1, 0, tokens), NOW_MS));
    }
    expect(waits.slice(0, 5 * tokens)).toEqual(Array<number>(5 * tokens).fill(0));
    expect(new Set(waits.slice(5 * tokens))).toEqual(new Set([Math.round(1000 / tokens)]));
  },
);

test('refreshes that are a second apart or more need not be remembered', () => {
  expect(afterRefresh(spent(0, 2, NOW_MS - 1000), NOW_MS).remember).toBe(false);
  expect(afterRefresh(spent(0, 2, NOW_MS - 999), NOW_MS).remember).toBe(true);
  expect(afterRefresh(spent(0), NOW_MS).remember).toBe(false);
});

test.each([
  ['a pair obtained', spent(0, 2, NOW_MS + 86_400_000), 0],
  ['an allowance full', spent(NOW_MS + 86_400_000), 1000],
])('%s a day ahead, by the clock of another instance, does not stop a session', (_, given, ms) => {
  expect(waitMs(given, NOW_MS)).toBe(ms);
});
