import { connect, createServer, type Socket } from 'node:net';
import { listen } from './listen.ts';

/** A way to one Redis that counts round trips: commands that are sent without waiting for a reply are one turn. */
export interface RedisTurns {
  readonly url: string;
  /** The commands of each turn so far, each with its first key: `GET reseal:issuer`. */
  readonly turns: readonly (readonly string[])[];
  /** Counts from here; what comes after so many turns is held back. */
  allow(most: number): void;
  /** Lets through what was held back, and everything after it. */
  release(): void;
  close(): Promise<void>;
}

/** A command, and the key that follows it or, in a script, its hash and the number of its keys. */
const COMMAND =
  /^\*\d+\r\n\$\d+\r\n([A-Z]+)\r\n(?:\$40\r\n[0-9a-f]{40}\r\n\$1\r\n\d\r\n)?(?:\$\d+\r\n([^\r]*))?/gm;

export async function startRedisTurns(redisUrl: string): Promise<RedisTurns> {
  const turns: string[][] = [];
  let most = Infinity;
  /** A reply came since the last command. */
  let hasReplied = true;
  let held: (() => void)[] = [];

  function pass(chunk: Buffer, redis: Socket): void {
    const commands = [...chunk.toString('latin1').matchAll(COMMAND)].map(([, name, key]) => `${name} ${key}`);
    const isPing = commands.length > 0 && commands.every((command) => command.startsWith('PING'));
    if (!isPing) {
      if (hasReplied) turns.push([]);
      hasReplied = false;
      turns.at(-1)?.push(...commands);
    }
    if (turns.length > most && !isPing) held.push(() => void redis.write(chunk));
    else redis.write(chunk);
  }

  const server = createServer((client) => {
    const { hostname, port } = new URL(redisUrl);
    const redis = connect(Number(port), hostname);
    client.on('data', (chunk: Buffer) => pass(chunk, redis)).on('close', () => redis.destroy());
    redis.on('error', () => undefined).on('close', () => client.destroy());
    redis.on('data', (chunk: Buffer) => {
      hasReplied = true;
      client.write(chunk);
    });
  });
  const { url, close } = await listen(server);
  return {
    url: url.replace('http:', 'redis:'),
    turns,
    allow(count) {
      turns.splice(0);
      hasReplied = true;
      most = count;
    },
    release() {
      most = Infinity;
      for (const go of held) go();
      held = [];
    },
    close,
  };
}
