import { createServer, type AddressInfo, type Server } from 'node:net';
import { redisAt } from '../../../../testing/redisServer.ts';
import { connectRedis } from '../../../../server/store/redis/link.ts';
import { createLog } from '../../../../server/ops/log.ts';
import { createMetrics } from '../../../../server/ops/metrics.ts';

/** Answers every `GET key` with the key itself, but the first with noise: what a broken middlebox does. */
async function listenWithNoise(): Promise<{ url: string; server: Server }> {
  let isFirst = true;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const [, key = ''] of chunk.toString().matchAll(/GET\r\n\$\d+\r\n(\S+)\r\n/g)) {
        socket.write(isFirst ? '\u0001noise\r\n' : `$${key.length}\r\n${key}\r\n`);
        isFirst = false;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

test('after a reply without sense no one is handed the reply to another’s command', async () => {
  const { url, server } = await listenWithNoise();
  const link = connectRedis(redisAt(url), { log: createLog('silent'), metrics: createMetrics() });
  try {
    const heard: { key: string; reply: unknown }[] = [];
    const ask = async (key: string) => {
      const reply = await link.ask((value) => value, 'GET', key).catch(() => null);
      if (reply !== null) heard.push({ key, reply });
    };
    const asked: Promise<void>[] = [];
    for (let n = 0; heard.length < 5; n += 1) {
      asked.push(ask(`key-${n}`));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await Promise.all(asked);
    for (const { key, reply } of heard) expect(reply).toBe(key);
  } finally {
    link.close();
    server.close();
  }
});
