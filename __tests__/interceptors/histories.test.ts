import fc from 'fast-check';
import { histories, live } from './engineHistories.ts';

/** `RUNS=100000 npx jest __tests__/interceptors/histories` is the long run; a failure prints its seed. */
test('the engine keeps every promise in any history of people, networks and other tabs', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      expect(await live(history)).toEqual([]);
    }),
    {
      numRuns: Number(process.env.RUNS ?? 2000),
      ...(process.env.SEED && { seed: Number(process.env.SEED) }),
    },
  );
}, 3_600_000);
