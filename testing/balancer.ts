import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { works } from './until.ts';

/** Far below what a server keeps an idle connection for: a request sent on one that it is closing would be lost. */
const IDLE_MS = 1000;

/** A round-robin before several instances, as small as one can be and still be fair to them. */
export interface Balancer {
  readonly url: string;
  /** How many requests got no answer from any instance. */
  readonly failures: () => number;
  close(): Promise<void>;
}

export interface BalancerOptions {
  /** Asks each instance this often whether it is ready, and passes over those that are not; 0 asks never. */
  readonly checkEveryMs?: number;
}

/**
 * Spreads requests over instances in turn, over connections that are kept.
 *
 * One that cannot be connected to is passed over, for then nothing was sent. One that dies later is a 502: what
 * it did, no one can know.
 */
export async function startBalancer(
  instances: () => readonly string[],
  { checkEveryMs = 0 }: BalancerOptions = {},
): Promise<Balancer> {
  let turn = 0;
  let failures = 0;
  const away = new Set<string>();
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });

  function forward(req: IncomingMessage, res: ServerResponse): void {
    const all = instances();
    const open = all.filter((one) => !away.has(one));
    const choice = open.length > 0 ? open : all;
    const first = (turn += 1);
    let tries = 0;

    const attempt = () => {
      const target = choice[(first + tries) % choice.length];
      tries += 1;
      if (target === undefined || tries > choice.length) return fail();
      const { hostname, port } = new URL(target);
      const headers = withoutConnection(req.headers);
      const onward = request({ hostname, port, method: req.method, path: req.url, headers, agent });
      let isConnected = false;
      onward.once('socket', (socket) => {
        const send = () => {
          isConnected = true;
          req.pipe(onward);
        };
        if (socket.connecting) socket.once('connect', send);
        else send();
      });
      onward.once('response', (answer) => {
        res.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
        answer.pipe(res);
        answer.once('error', () => res.destroy());
      });
      onward.once('error', () => {
        if (res.closed) return;
        if (!isConnected) attempt();
        else if (res.headersSent) res.destroy();
        else fail();
      });
      res.once('close', () => onward.destroy());
    };
    const fail = () => {
      failures += 1;
      res.writeHead(502, { 'content-type': 'text/plain' }).end('no instance answered');
    };
    req.on('error', () => undefined);
    attempt();
  }

  const check = async (instance: string) => {
    const asked = fetch(`${instance}/api/health?ready`, { signal: AbortSignal.timeout(1000) });
    const isReady = (await works(asked)) && (await asked).status === 200;
    if (isReady) away.delete(instance);
    else away.add(instance);
  };
  const timer =
    checkEveryMs > 0 ? setInterval(() => instances().forEach((one) => void check(one)), checkEveryMs) : null;
  const server = createServer({ keepAliveTimeout: 60_000 }, forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures: () => failures,
    async close() {
      if (timer) clearInterval(timer);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether a connection is kept is between its two ends. @see RFC 9110 §7.6.1 */
function withoutConnection(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'connection'));
}
