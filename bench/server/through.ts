import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';

/** The least that forwards a request: node:http and undici, no guard, no session, no rules. */
const upstream = new Agent({ connections: null });
const origin = process.env['UPSTREAM_URL'] ?? '';

const server = createServer((req, res) => {
  const path = (req.url ?? '').replace('/api/upstream', '');
  const { host, cookie, connection, ...headers } = req.headers;
  void upstream.request({ origin, path, method: 'GET', headers }).then((answer) => {
    const { connection: hop, 'keep-alive': keep, ...kept } = answer.headers;
    res.writeHead(answer.statusCode, kept);
    answer.body.pipe(res);
  });
});
server.listen(0, '127.0.0.1', 2048, () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit(0));
