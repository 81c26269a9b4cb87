import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { notes } from './notes.ts';

/** An upstream that does as little as it can: the proxy is what is measured. Tokens have the size of real ones. */
const body = Buffer.from(JSON.stringify(notes));
let count = 0;

function tokens(): Buffer {
  count += 1;
  const fill = (length: number) => String(count).padStart(length, 'a');
  return Buffer.from(
    JSON.stringify({
      access_token: fill(800),
      refresh_token: fill(60),
      expires_in: 86_400,
      token_type: 'Bearer',
      user: { id: 'user-ada', name: 'Ada Lovelace' },
    }),
  );
}

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const answer = req.url?.startsWith('/auth/') ? tokens() : body;
  const say = () => {
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length });
    res.end(answer);
  };
  // An upload is answered when all of it is here.
  if (req.method === 'POST') req.once('end', say);
  else say();
  req.resume();
});
server.listen(0, '127.0.0.1', 2048, () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit(0));
