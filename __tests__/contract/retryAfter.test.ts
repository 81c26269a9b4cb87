import fc from 'fast-check';
import { parseRetryAfter } from '../../contract/retryAfter.ts';
import { retryAfter } from '../../server/http/problem.ts';

const NOW = Date.UTC(2026, 10, 23, 12);

test.each([
  ['0', 0],
  ['1', 1000],
  ['120', 120_000],
  [' 7 ', 7000],
  ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
  ['Monday, 23-Nov-26 12:00:30 GMT', 30_000],
  ['Mon Nov 23 12:00:30 2026', 30_000],
  ['Mon, 23 Nov 2026 11:59:30 GMT', 0],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
])('the parser reads %s as %i ms', (value, ms) => expect(parseRetryAfter(value, NOW)).toBe(ms));

test.each([
  undefined,
  null,
  7,
  '',
  'soon',
  '-',
  '-3',
  '3.5',
  '1e3',
  'NaN',
  'Infinity',
  '0x10s',
  'Mon, soon',
  'Mon, 99 Nov 2026 99:99:99 GMT',
  '9'.repeat(400),
  ['1', '2'],
])('the parser treats %p, neither seconds nor a date, as absent', (value) =>
  expect(parseRetryAfter(value, NOW)).toBeNull(),
);

test('the parser answers a finite time that is not negative, or null, for every text and date', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.integer().map(String),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (value) => {
        const ms = parseRetryAfter(value, NOW);
        if (ms !== null) expect(Number.isFinite(ms) && ms >= 0).toBe(true);
      },
    ),
  );
});

test('the server writes whole seconds, at least 1, and never fewer than it means', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), (ms) => {
      const header = retryAfter(ms)['Retry-After'] ?? '';
      expect(header).toMatch(/^[1-9]\d*$/);
      expect(parseRetryAfter(header, NOW)).toBeGreaterThanOrEqual(ms);
      expect(Number(header) * 1000).toBeLessThan(ms + 1001);
    }),
  );
});
