import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/* An upstream of long bodies: it takes uploads, sends as many bytes as `?bytes=` says, and keeps event streams open. */

const block = Buffer.alloc(64 * 1024, 'x');
const tokens = JSON.stringify({
  access_token: 'a'.repeat(800),
  refresh_token: 'r'.repeat(60),
  expires_in: 86_400,
  token_type: 'Bearer',
  user: { id: 'user-ada', name: 'Ada Lovelace' },
});

/** Sends bytes no faster than they are taken. */
function send(res: ServerResponse, bytes: number): void {
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const part = left < block.length ? block.subarray(0, left) : block;
      left -= part.length;
      if (!res.write(part)) return void res.once('drain', more);
    }
    res.end();
  };
  res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes });
  more();
}

function stream(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const timer = setInterval(() => res.write('data: tick\n\n'), 200);
  res.once('close', () => clearInterval(timer));
}

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const { pathname, searchParams } = new URL(req.url ?? '', 'http://upstream');
  const json = (text: string) => res.writeHead(200, { 'Content-Type': 'application/json' }).end(text);
  req.resume();
  if (pathname.startsWith('/auth/')) json(tokens);
  else if (req.method === 'POST') req.once('end', () => json('{}'));
  else if (pathname === '/events') stream(res);
  else send(res, Number(searchParams.get('bytes') ?? 1024));
});
server.listen(0, '127.0.0.1', 2048, () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit(0));
