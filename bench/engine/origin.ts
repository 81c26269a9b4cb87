import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The backend of the timed runs, in a process of its own: a session that is a version in the cookie, `/expire` and
 * `/refresh`. It does as little as it can.
 */
let newest = 1;
let alive = true;
const ok = Buffer.from(
  JSON.stringify({ items: Array.from({ length: 10 }, (_, id) => ({ id, text: 'note' })) }),
);

const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
  if (req.url === '/expire') alive = false;
  if (req.url === '/refresh') {
    newest += 1;
    alive = true;
    res.setHeader('Set-Cookie', `session=${newest}; Path=/`);
  }
  const isApi = req.url?.startsWith('/api') ?? false;
  const version = Number(req.headers.cookie?.slice('session='.length) ?? 0);
  const status = isApi && !(alive && version === newest) ? 401 : 200;
  const body =
    status === 200 && isApi ? ok : Buffer.from(JSON.stringify({ session: { id: 's', version: newest } }));
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    ...(status === 401 ? { 'X-Reseal-Reason': 'token_expired', 'X-Reseal-Version': String(version) } : {}),
  });
  res.end(body);
  req.resume();
});
server.listen(0, '127.0.0.1', 4096, () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit(0));
