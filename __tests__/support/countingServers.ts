import { createHook } from 'node:async_hooks';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { createFrontDoor } from '../../server/adapters/frontDoor.ts';
import { composeServer } from '../../server/composeServer.ts';
import { readSettings } from '../../server/settings/fromEnv.ts';

/*
 * Runs in a process of its own: the front door, and the least that forwards a request, before the same upstream. It
 * counts what Node makes for each request: promises, ticks, timers, sockets and parsers.
 */

/** What one batch of requests made, by the types of `node:async_hooks`; `pages` counts requests that reached Next. */
export type Counts = Readonly<Record<string, number>>;

let counts: Record<string, number> = {};
const count = (type: string) => void (counts[type] = (counts[type] ?? 0) + 1);

const without = <T extends object>(headers: T, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))) as T;

function bareForwarder(origin: string): Server {
  const agent = new Agent({ connections: null });
  return createServer((req, res) => {
    const headers = without(req.headers, 'host', 'cookie', 'connection');
    const path = (req.url ?? '').replace('/api/upstream', '');
    void agent.request({ origin, path, method: 'GET', headers }).then((answer) => {
      res.writeHead(answer.statusCode, without(answer.headers, 'connection', 'keep-alive'));
      answer.body.pipe(res);
    });
  });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const origin = process.env['UPSTREAM_URL'] ?? '';
const settings = readSettings({ ...process.env, NODE_ENV: 'production', SESSION_STORE: 'memory' });
const door = createFrontDoor(composeServer(settings), (_req, res) => {
  count('pages');
  res.end();
});
createHook({ init: (_id, type) => count(type) }).enable();
process.on('message', (message) => {
  if (message === 'reset') counts = {};
  process.send?.(counts);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ door: await listen(door), bare: await listen(bareForwarder(origin)) });
