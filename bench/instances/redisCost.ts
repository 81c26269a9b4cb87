import type { RedisServer } from '../../testing/redisServer.ts';

/** What Redis counted up to now. */
export interface RedisCount {
  readonly commands: Readonly<Record<string, number>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly cpuMs: number;
}

/** Commands that no session asks for: the connection's pings, our own questions. */
const NOT_OURS = /^(ping|info|hello|client|memory|dbsize|keys|select|config)/;

export async function countOf(redis: RedisServer): Promise<RedisCount> {
  const info = await redis.command<string>('INFO', 'everything');
  const number = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  const commands = Object.fromEntries(
    [...info.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)]
      .map(([, name = '', calls]) => [name, Number(calls)] as const)
      .filter(([name]) => !NOT_OURS.test(name)),
  );
  return {
    commands,
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
    cpuMs: 1000 * (number('used_cpu_user') + number('used_cpu_sys')),
  };
}

/** The cost of one of `n` operations between two counts; commands inside of scripts are counted with them. */
export function costOf(before: RedisCount, after: RedisCount, n: number) {
  const names = Object.keys(after.commands);
  const each = names.map(
    (name) => [name, ((after.commands[name] ?? 0) - (before.commands[name] ?? 0)) / n] as const,
  );
  return {
    commands: Object.fromEntries(each.filter(([, calls]) => calls >= 0.05)),
    bytesIn: Math.round((after.bytesIn - before.bytesIn) / n),
    bytesOut: Math.round((after.bytesOut - before.bytesOut) / n),
    cpuUs: Math.round(((after.cpuMs - before.cpuMs) * 1000) / n),
  };
}

export type RedisCost = ReturnType<typeof costOf>;

/** Bytes of memory that a key takes with its value and expiry, by the kind of key: the mean. */
export async function memoryByKind(redis: RedisServer): Promise<Record<string, number>> {
  const sums = new Map<string, { bytes: number; count: number }>();
  for (const key of await redis.command<string[]>('KEYS', '*')) {
    // `reseal:{id}:record` of one session, `reseal:sessions:<hash>` of one person.
    const kind = /\}:(\w+)$/.exec(key)?.[1] ?? key.split(':')[1] ?? key;
    const sum = sums.get(kind) ?? { bytes: 0, count: 0 };
    const bytes = await redis.command<number | null>('MEMORY', 'USAGE', key, 'SAMPLES', '0');
    // It expired in the meantime.
    if (!bytes) continue;
    sums.set(kind, { bytes: sum.bytes + bytes, count: sum.count + 1 });
  }
  return Object.fromEntries([...sums].map(([kind, { bytes, count }]) => [kind, Math.round(bytes / count)]));
}
