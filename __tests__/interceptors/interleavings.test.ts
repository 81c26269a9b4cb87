import fc from 'fast-check';
import { createTabs, settled } from '../../interceptors/testing/tabs.ts';

test('a burst costs one refresh and settles whole, in any order of answers, refreshes and aborts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.nat(5), { maxLength: 3 }),
      async (scheduler, count, aborted) => {
        const { backend, tabs } = createTabs();
        const { http, reauth, events } = tabs[0]!;
        http.defaults.adapter = async (config) => {
          const answer = backend.adapter(config);
          answer.catch(() => {}); // until the scheduler lets it travel
          await scheduler.schedule(Promise.resolve(), config.url);
          return answer;
        };
        backend.script(() =>
          scheduler.schedule(
            backend.refresh({ staleVersion: 1, signal: new AbortController().signal }),
            'refresh',
          ),
        );
        backend.expire();
        const aborts = Array.from({ length: count }, () => new AbortController());
        const outcomes = aborts.map(({ signal }, i) =>
          http.get(`/${i}`, { signal }).then(
            () => 'answered',
            (error: { code: string }) => error.code,
          ),
        );
        for (const which of aborted)
          scheduler
            .schedule(Promise.resolve(), 'abort')
            .then(() => aborts[which]?.abort())
            .catch(() => {});
        await settled();
        while (scheduler.count()) {
          await scheduler.waitOne();
          await settled();
        }
        const all = await Promise.all(outcomes);
        expect(
          all.every((one, i) => one === 'answered' || (one === 'ERR_CANCELED' && aborted.includes(i))),
        ).toBe(true);
        expect(backend.refreshes).toBeLessThanOrEqual(2); // the scripted one and the one inside it
        expect(events.filter(({ type }) => type === 'refreshStarted').length).toBeLessThanOrEqual(1);
        expect([reauth.state, reauth.queued]).toEqual(['idle', 0]);
      },
    ),
    { numRuns: Math.min(Number(process.env.RUNS ?? 500), 10_000) },
  );
}, 600_000);
