import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { systemClock } from '../server/clock.ts';
import { redisStore } from '../server/store/redis/store.ts';
import { connectRedis, reasonOf } from '../server/store/redis/link.ts';
import { StoreUnreachable } from '../server/store/contracts.ts';
import { createLog } from '../server/ops/log.ts';
import { createMetrics } from '../server/ops/metrics.ts';
import type { Finding } from './doctorChecks.ts';
import { PATIENCE_MS, skew } from './doctorNetwork.ts';

const check = 'redis';

/** Looks whether Redis answers, lets us do what sessions need, keeps what it is given, and has our time. */
export async function checkRedis(url: string | null): Promise<Finding[]> {
  if (url === null) {
    const todo = 'set REDIS_URL before you run a second one';
    return [{ check, state: 'note', what: 'none: records live in this one process', todo }];
  }
  const client = createClient({ url, socket: { connectTimeout: PATIENCE_MS, reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const todo = 'check REDIS_URL, its password and its TLS; NODE_EXTRA_CA_CERTS names a CA of your own';
    return [{ check, state: 'fail', what: `does not answer (${reasonOf(error)})`, todo }];
  }
  try {
    await rehearse(url);
    return await about(client);
  } catch (error) {
    const reason = reasonOf(error instanceof StoreUnreachable ? error.cause : error);
    const what = `answers, but refuses something that sessions need (${reason})`;
    const todo = 'docs/scaling.md, "How Redis has to be set up": its version, and the rights of its user';
    return [{ check, state: 'fail', what, todo }];
  } finally {
    client.destroy();
  }
}

/** Does what the server does, with names that nobody has: a Redis that lets us in may still refuse a command. */
async function rehearse(url: string): Promise<void> {
  const link = connectRedis(url, { log: createLog('silent'), metrics: createMetrics() });
  const store = redisStore(link, systemClock);
  const name = `doctor-${randomUUID()}`;
  const times = { createdAtMs: 0, refreshedAtMs: 0, endsAtMs: Date.now() + PATIENCE_MS };
  const device = { browser: null, system: null };
  try {
    await (await store.acquire(name, PATIENCE_MS))?.release();
    await store.end(name, 'logout', 1);
    await store.epochAtLogin(name, 1);
    await store.addToIndex(name, { id: name, device, epoch: 0, provider: null, ...times }, PATIENCE_MS);
    await store.sessionsOf(name);
    await store.removeFromIndex(name, name);
    await store.endCooldown(name);
  } finally {
    await store.close();
  }
}

/** What Redis says of itself; it need not. */
async function about(
  client: Pick<ReturnType<typeof createClient>, 'info' | 'sendCommand'>,
): Promise<Finding[]> {
  const answers = await Promise.all([client.info(), client.sendCommand(['TIME'])]).catch(() => null);
  if (!answers) {
    const what = 'answers, and does what sessions need; what it evicts, and its clock, it may not tell us';
    return [{ check, state: 'note', what, todo: 'see that its maxmemory-policy is noeviction' }];
  }
  const [info, time] = answers;
  const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? 'unknown';
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
  const [seconds = '0'] = time as unknown as string[];
  const kept: Finding =
    policy === 'noeviction'
      ? { check, state: 'ok', what: `version ${version} answers, keeps what it is given` }
      : {
          check,
          state: 'warn',
          what: `evicts (${policy}): an evicted record is a lost logout`,
          todo: 'set maxmemory-policy noeviction',
        };
  return [kept, skew('clock, redis', Number(seconds) * 1000 + 500 - Date.now())];
}
