import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../server/clock.ts';
import { NO_FAILURES } from '../server/store/outage.ts';
import { redisStore } from '../server/store/redis/store.ts';
import { connectRedis } from '../server/store/redis/link.ts';
import { reasonOf } from '../server/store/storeHealth.ts';
import { openStore } from '../server/store/openStore.ts';
import { isSettingsError, type StoreSettings } from '../server/settings/fromEnv.ts';
import { isStoreUnreachable, type SessionStore } from '../server/store/contracts.ts';
import type { Send } from '../server/store/redis/transport.ts';
import { createLog } from '../server/ops/log.ts';
import { createMetrics } from '../server/ops/metrics.ts';
import type { Finding } from './doctorChecks.ts';
import { PATIENCE_MS, skew } from './doctorNetwork.ts';

type RedisSettings = Extract<StoreSettings, { kind: 'redis' }>;

const watch = () => ({ log: createLog('silent'), metrics: createMetrics() });

/** Looks whether the store can be used as the server would use it. */
export async function checkStore(settings: StoreSettings): Promise<Finding[]> {
  switch (settings.kind) {
    case 'memory': {
      const todo = 'set SESSION_STORE=sqlite for one server, REDIS_URL for several';
      return [{ check: 'store', state: 'warn', what: 'memory: a restart revives ended sessions', todo }];
    }
    case 'sqlite':
      return checkFile(settings);
    case 'redis':
      return checkRedis(settings);
    default:
      return settings satisfies never;
  }
}

async function checkFile(settings: StoreSettings & { kind: 'sqlite' }): Promise<Finding[]> {
  const check = 'store';
  try {
    const { store } = openStore(settings, systemClock, watch());
    try {
      await rehearse(store);
    } finally {
      await store.close();
    }
    const todo =
      'put DATA_DIR on a disk that outlives the container; set REDIS_URL before you run a second machine';
    return [{ check, state: 'ok', what: 'a file in DATA_DIR opens and takes writes', todo }];
  } catch (error) {
    const { lines } = isSettingsError(error) ? error : { lines: [reasonOf(error)] };
    return [{ check, state: 'fail', what: String(lines[0]), todo: 'docs/scaling.md, "The session file"' }];
  }
}

const check = 'redis';

/** Looks whether Redis answers, lets us do what sessions need, keeps what it is given, and has our time. */
async function checkRedis(settings: RedisSettings): Promise<Finding[]> {
  const link = connectRedis(settings, watch());
  const store = redisStore(link, systemClock);
  try {
    await rehearse(store);
    return (await Promise.all(link.shards().map(about))).flat();
  } catch (error) {
    const cause = isStoreUnreachable(error) ? error.cause : error;
    const reason = reasonOf(cause);
    const what = isRefusal(reason)
      ? `answers, but refuses something that sessions need (${reason})`
      : `does not answer (${reason})`;
    const todo = isRefusal(reason)
      ? 'docs/scaling.md, "How Redis has to be set up": its version, and the rights of its user'
      : 'check REDIS_URL, its password and its TLS; NODE_EXTRA_CA_CERTS names a CA of your own';
    return [{ check, state: 'fail', what, todo }];
  } finally {
    await store.close();
  }
}

/** Does what the server does, with names that no session has: a store that lets us in may still refuse a command. */
async function rehearse(store: SessionStore): Promise<void> {
  const name = `doctor-${randomUUID()}`;
  const times = { createdAtMs: 0, refreshedAtMs: 0, endsAtMs: Date.now() + PATIENCE_MS };
  const device = { browser: null, system: null };
  await untilReady(store);
  await (await store.acquire(name, PATIENCE_MS))?.release();
  await store.end(name, 'logout', 1);
  await store.epochAtLogin(name, 1);
  await store.addToIndex(name, { id: name, device, epoch: 0, provider: null, ...times }, PATIENCE_MS);
  await store.sessionsOf(name);
  await store.removeFromIndex(name, name);
  await store.setFailures(name, NO_FAILURES, PATIENCE_MS);
  await store.setReused(name, 1, PATIENCE_MS);
}

/** Connections take their time; an answer, of whatever kind, does not change. */
async function untilReady(store: SessionStore): Promise<void> {
  const endAtMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await store.ready();
    } catch (error) {
      const cause = isStoreUnreachable(error) ? error.cause : error;
      if (
        Date.now() > endAtMs ||
        isRefusal(reasonOf(cause)) ||
        /^(WRONGPASS|NOAUTH|ECONNREFUSED)$/.test(reasonOf(cause))
      )
        throw error;
      await wait(100);
    }
  }
}

const isRefusal = (reason: string) => /^(NOPERM|ERR|READONLY|OOM|MISCONF)$/.test(reason);

/** What Redis says of itself; it need not. */
async function about(send: Send): Promise<Finding[]> {
  const answers = await Promise.all([send(['INFO']), send(['TIME'])]).catch(() => null);
  if (!answers) {
    const what = 'answers, and does what sessions need; what it evicts, and its clock, it may not tell us';
    return [{ check, state: 'note', what, todo: 'see that its maxmemory-policy is noeviction' }];
  }
  const [info, time] = answers;
  const policy = /maxmemory_policy:(\S+)/.exec(String(info))?.[1] ?? 'unknown';
  const version = /redis_version:(\S+)/.exec(String(info))?.[1] ?? 'unknown';
  const [seconds = '0'] = time as string[];
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
