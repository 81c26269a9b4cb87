import { startBalancer } from '../../testing/balancer.ts';
import { startInstance, type Environment } from '../../testing/production.ts';
import type { RedisServer } from '../../testing/redisServer.ts';
import { requests } from './calls.ts';

/**
 * Stops and replaces one of two instances under load, again and again, behind a balancer that asks for readiness.
 *
 * @returns how many requests were sent, and how many failed
 */
export async function stopsUnderLoad(env: Environment, redis: RedisServer, stops: number) {
  const own = { ...env, REDIS_URL: redis.url, SHUTDOWN_DELAY_MS: '600' };
  const instances = [await startInstance(own), await startInstance(own)];
  const balancer = await startBalancer(() => instances.map(({ url }) => url), { checkEveryMs: 100 });
  const cookie = await signIn(balancer.url);
  let isOver = false;
  let [sent, failed] = [0, 0];
  const load = (async () => {
    while (!isOver) {
      failed += await requests(20, 10)({ url: balancer.url, cookie });
      sent += 200;
    }
  })();
  for (let stop = 0; stop < stops; stop += 1) {
    const [old] = instances;
    await old?.stop();
    instances.splice(0, 1);
    instances.push(await startInstance(own));
  }
  isOver = true;
  await load;
  await balancer.close();
  await Promise.all(instances.map((one) => one.kill()));
  return { stops, sent, failed };
}

/** Logs in; answers the `Cookie` header. */
export async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Reseal': '1' },
    body: JSON.stringify({ username: 'ada', password: 'lovelace' }),
  });
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  if (cookies.length < 2) throw new Error(`No session: the app answered ${response.status}.`);
  return cookies.join('; ');
}
