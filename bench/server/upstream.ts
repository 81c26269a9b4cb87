import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { notes } from './notes.ts';

/** An upstream that does as little as it can: the proxy is what is measured. Tokens have the size of real ones. */
const body = Buffer.from(JSON.stringify(notes));
let count = 0;

/** A pair of the person that a login names. */
function tokens(username = 'ada'): Buffer {
  count += 1;
  const fill = (length: number) => String(count).padStart(length, 'a');
  return Buffer.from(
    JSON.stringify({
      access_token: fill(800),
      refresh_token: fill(60),
      expires_in: 86_400,
      token_type: 'Bearer',
      user: { id: `user-${username}`, name: 'Ada Lovelace' },
    }),
  );
}

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const isAuth = req.url?.startsWith('/auth/') === true;
  const say = (answer: Buffer) => {
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length });
    res.end(answer);
  };
  if (!isAuth) {
    say(body);
    return void req.resume();
  }
  let text = '';
  req.on('data', (chunk: Buffer) => (text += chunk.toString()));
  req.once('end', () => say(tokens((JSON.parse(text || '{}') as { username?: string }).username)));
});
server.listen(0, '127.0.0.1', 2048, () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit(0));
