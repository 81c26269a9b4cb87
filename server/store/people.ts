import type { RedisLink } from './redis/link.ts';
import type { Tables } from './tables.ts';

/** Everyone who has a session on a list, by the hash that names the person; for operators, not for requests. */
export type People = () => AsyncIterable<string>;

export function peopleIn(tables: Tables): People {
  return async function* () {
    yield* await tables.read(() => [...tables.table('lists').keys()]);
  };
}

/** Finds the lists of all shards; a person whose list is written in the meantime may be missing, or come twice. */
export function peopleInRedis(link: RedisLink, prefix: string): People {
  return async function* () {
    const seen = new Set<string>();
    for (const send of link.shards()) {
      let cursor = '0';
      do {
        const reply = await send(['SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', '1000']);
        const [next, keys] = reply as [string, string[]];
        cursor = next;
        for (const key of keys) {
          const person = key.slice(prefix.length);
          if (!seen.has(person)) yield person;
          seen.add(person);
        }
      } while (cursor !== '0');
    }
  };
}
