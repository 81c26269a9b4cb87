import { mkdirSync, writeFileSync } from 'node:fs';
import { table } from '../lib/report.ts';
import { number, ratios, spread, summary, turnOf } from '../lib/stats.ts';
import type { App } from './app.ts';
import { startGenerator } from './generator.ts';
import type { Job, Load } from './load.ts';
import { mintCookies } from './seals.ts';

/** More than the cache of opened seals holds, in a circle: none is ever found in it. */
const FRESH_COOKIES = 10_500;

const TARGETS = {
  session: 'proxy, with a session',
  open: 'proxy, without a session',
  through: 'bare undici pass-through',
  bare: 'bare Next API route',
  older: 'proxy, an older cookie (box opened)',
  fresh: 'proxy, a cookie never seen before',
} as const;
type Target = keyof typeof TARGETS;

export interface LoadPlan {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
}

type Sample = Load & { readonly cpuUs: number | null };

export async function proxyLoad(app: App, { connections, rounds, seconds }: LoadPlan) {
  const { older, newest } = await app.login();
  const cookieFile = `${import.meta.dirname}/../results/cookies.txt`;
  mkdirSync(`${import.meta.dirname}/../results`, { recursive: true });
  writeFileSync(cookieFile, (await mintCookies(FRESH_COOKIES, app.url)).join('\n'));

  const generator = startGenerator();
  const jobOf = (target: Target, count: number, duration: number): Job => {
    const path = { through: 'through/notes', bare: 'bare' }[target as 'bare'];
    return {
      url: `${app.url}/api/${path ?? 'upstream/notes'}`,
      connections: count,
      seconds: duration,
      headers: { 'X-Reseal': '1', 'X-Bench': target, Cookie: target === 'older' ? older : newest },
      ...(target === 'fresh' ? { cookieFile } : {}),
    };
  };
  const sample = async (target: Target, count: number, duration: number): Promise<Sample> => {
    const before = app.cpuMs();
    const load = await generator.fire(jobOf(target, count, duration));
    const after = app.cpuMs();
    if (load.failures > 0) throw new Error(`${target}: ${load.failures} requests failed`);
    const cpuUs = before === null || after === null ? null : ((after - before) * 1000) / load.requests;
    return { ...load, cpuUs };
  };

  const names = Object.keys(TARGETS) as Target[];
  for (const name of names) await sample(name, 20, 2);
  const results = [];
  for (const count of connections) {
    const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<
      Target,
      Sample[]
    >;
    for (let round = 0; round < rounds; round += 1) {
      for (const name of turnOf(names, round)) samples[name].push(await sample(name, count, seconds));
    }
    results.push({ connections: count, samples });
    console.log(
      `${count} connections: ${names.map((name) => `${name} ${number(summary(samples[name].map((one) => one.perSecond)).median, 0)}/s`).join(', ')}`,
    );
  }
  generator.stop();
  return results;
}

export type ProxyLoad = Awaited<ReturnType<typeof proxyLoad>>;

export function proxyTable(results: ProxyLoad): string {
  return results
    .map(({ connections, samples }) => {
      const speed = (name: Target) => samples[name].map(({ perSecond }) => perSecond);
      const over = (name: Target, under: Target) =>
        name === under ? '1' : spread(summary(ratios(speed(name), speed(under))));
      const middle = (name: Target, pick: (one: Sample) => number) => summary(samples[name].map(pick)).median;
      const cpu = (name: Target) => samples[name].map(({ cpuUs }) => cpuUs ?? NaN);
      const rows = (Object.keys(TARGETS) as Target[]).map((name) => [
        TARGETS[name],
        number(summary(speed(name)).median, 0),
        over(name, 'open'),
        over(name, 'bare'),
        number(
          middle(name, ({ p50Ms }) => p50Ms),
          0,
        ),
        number(
          middle(name, ({ p99Ms }) => p99Ms),
          0,
        ),
        ...(cpu(name).some(Number.isNaN)
          ? ['–', '–']
          : [
              number(summary(cpu(name)).median, 0),
              name === 'open' ? '1' : spread(summary(ratios(cpu(name), cpu('open')))),
            ]),
      ]);
      const head = [
        `${connections} connections`,
        'requests/s',
        '÷ without a session',
        '÷ bare route',
        'p50 ms',
        'p99 ms',
        'CPU µs a request',
        'CPU ÷ without a session',
      ];
      return table(head, rows);
    })
    .join('\n\n');
}
