import { startRedis } from '../../testing/redisServer.ts';
import { closeBox } from '../../server/store/tokenBox.ts';
import type { Reseal } from '../../server/composeServer.ts';
import { table } from '../lib/report.ts';
import { interleave, number, ratios, spread, summary, timed } from '../lib/stats.ts';
import { makeSession } from '../server/seals.ts';
import { serverWith } from '../stores/server.ts';

const BLOCK = 20;
const HOUR_MS = 3_600_000;
const FILLED_AT_ONCE = 500;

/** One server whose store remembers so many sessions. */
async function filledServer(live: number, env: Readonly<Record<string, string>>): Promise<Reseal> {
  const server = await serverWith(env);
  const { pair, boxKey } = makeSession();
  const remember = (index: number) => {
    const id = `live-${index}`;
    const next = { version: 2, box: closeBox(pair, boxKey, id, 2), refreshedAtMs: Date.now() };
    return server.store.commit(id, next, HOUR_MS);
  };
  for (let from = 0; from < live; from += FILLED_AT_ONCE) {
    const count = Math.min(FILLED_AT_ONCE, live - from);
    await Promise.all(Array.from({ length: count }, (_, index) => remember(from + index)));
  }
  return server;
}

/** Refreshes one session after another, each through look, lease, call and commit. */
const block = (runtime: Reseal) => () =>
  timed(async () => {
    for (let count = 0; count < BLOCK; count += 1) {
      const seal = makeSession();
      const session = {
        kind: 'live',
        seal,
        version: 1,
        pair: seal.pair,
        endsAtMs: Date.now() + HOUR_MS,
      } as const;
      const { kind } = await runtime.coordinator.refresh(session, { version: 1 });
      if (kind !== 'refreshed') throw new Error(`The outcome of a refresh is: ${kind}.`);
    }
  });

export async function refreshes(live: readonly number[], rounds: number) {
  const redis = await startRedis();
  const results = [];
  for (const where of ['memory', 'Redis'] as const) {
    const servers = new Map<string, Reseal>();
    // Each has a database of its own in the one Redis.
    for (const [index, count] of live.entries())
      servers.set(
        `${count}`,
        await filledServer(
          count,
          where === 'Redis' ? { REDIS_URL: `${redis.url}/${index}` } : { SESSION_STORE: 'memory' },
        ),
      );
    const work = Object.fromEntries([...servers].map(([count, runtime]) => [count, block(runtime)]));
    await interleave(work, 5);
    const raw = await interleave(work, rounds);
    results.push({ where, raw });
    for (const runtime of servers.values()) await runtime.close();
  }
  await redis.close();
  return { live, results };
}

export function refreshTable({ live, results }: Awaited<ReturnType<typeof refreshes>>): string {
  const rows = live.map((count) => [
    number(count, 0),
    ...results.flatMap(({ raw }) => {
      const own = raw[`${count}`]!;
      return [
        number((summary(own).median / BLOCK) * 1000, 0),
        spread(summary(ratios(own, raw[`${live[0]}`]!))),
      ];
    }),
  ]);
  const heads = results.flatMap(({ where }) => [`µs a refresh, ${where}`, `÷ with ${live[0]} session`]);
  return table(['live sessions', ...heads], rows);
}
