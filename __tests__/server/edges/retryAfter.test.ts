import fc from 'fast-check';
import { readRetryAfter } from '../../../server/issuers/password.ts';
import { retryAfter } from '../../../server/http/problem.ts';

const NOW = Date.UTC(2026, 10, 23, 12);

test.each([
  ['0', 0],
  ['1', 1000],
  ['120', 120_000],
  ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
  ['Mon, 23 Nov 2026 11:59:30 GMT', 0],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
])('%s is read as %i ms', (value, ms) => expect(readRetryAfter(value, NOW)).toBe(ms));

test.each([undefined, '', 'soon', '-', 'NaN', 'Infinity', '0x10s', '9'.repeat(400), ['1', '2']])(
  'what is neither seconds nor a date says nothing: %s',
  (value) => expect(readRetryAfter(value, NOW)).toBeNull(),
);

test('whatever an issuer writes comes to a time from now that is neither negative nor endless, or to nothing', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.integer().map(String),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (value) => {
        const ms = readRetryAfter(value, NOW);
        if (ms !== null) expect(Number.isFinite(ms) && ms >= 0).toBe(true);
      },
    ),
  );
});

test('what we write is whole seconds, 1 at the least, and never sooner than was meant', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), (ms) => {
      const header = retryAfter(ms)['Retry-After'] ?? '';
      expect(header).toMatch(/^[1-9]\d*$/);
      expect(readRetryAfter(header, NOW)).toBeGreaterThanOrEqual(ms);
      expect(Number(header) * 1000).toBeLessThan(ms + 1001);
    }),
  );
});
