import { createServer, type Server } from 'node:net';
import { requestText, RawClient } from '../server/edges/rawClient.ts';
import { startSignedInApp, type SignedInApp } from '../support/signedInApp.ts';

jest.setTimeout(30_000);

/** What arrived upstream, byte for byte. */
let arrived = '';
let app: SignedInApp;

/** An upstream that writes down what comes and answers every head it sees. */
function recorder(): Server {
  return createServer((socket) => {
    socket.on('data', (chunk: Buffer) => {
      arrived += chunk.toString('latin1');
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
    });
  });
}

beforeAll(async () => {
  app = await startSignedInApp(recorder());
});
afterAll(() => app.close());
beforeEach(() => {
  arrived = '';
});

const SMUGGLED = 'GET /secret HTTP/1.1\r\nHost: upstream\r\nX-Smuggled: 1\r\n\r\n';
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** Header lines and a body that two parsers may cut at different places. */
const SHAPES: readonly [string, readonly string[], string][] = [
  ['CL.TE', ['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`],
  ['TE.CL', ['Transfer-Encoding: chunked', 'Content-Length: 4'], chunked(SMUGGLED)],
  ['two lengths that differ', ['Content-Length: 0', `Content-Length: ${SMUGGLED.length}`], SMUGGLED],
  ['two lengths in one line', [`Content-Length: 0, ${SMUGGLED.length}`], SMUGGLED],
  ['a length with a sign', [`Content-Length: +0`], SMUGGLED],
  ['a negative length', ['Content-Length: -1'], SMUGGLED],
  ['a length in hex', ['Content-Length: 0x0'], SMUGGLED],
  ['a length with a space in it', ['Content-Length: 0 0'], SMUGGLED],
  ['an unknown coding', ['Transfer-Encoding: xchunked', 'Content-Length: 0'], SMUGGLED],
  ['two codings', ['Transfer-Encoding: chunked, identity', 'Content-Length: 0'], `0\r\n\r\n${SMUGGLED}`],
  ['two coding lines', ['Transfer-Encoding: chunked', 'Transfer-Encoding: x'], `0\r\n\r\n${SMUGGLED}`],
  ['a space before the colon', ['Transfer-Encoding : chunked', 'Content-Length: 0'], `0\r\n\r\n${SMUGGLED}`],
  ['a tab in the coding', ['Transfer-Encoding:\tchunked', 'Content-Length: 0'], `0\r\n\r\n${SMUGGLED}`],
  ['a vertical tab in the coding', ['Transfer-Encoding: \x0bchunked', 'Content-Length: 0'], `0\r\n\r\n${SMUGGLED}`],
  ['a folded line', ['Transfer-Encoding:', ' chunked', 'Content-Length: 0'], `0\r\n\r\n${SMUGGLED}`],
  ['a line feed alone', ['X: y\nTransfer-Encoding: chunked', 'Content-Length: 0'], `0\r\n\r\n${SMUGGLED}`],
  ['a NUL in a name', ['Transfer\0-Encoding: chunked', 'Content-Length: 0'], `0\r\n\r\n${SMUGGLED}`],
  ['a chunk whose size is too large', ['Transfer-Encoding: chunked'], `ffffffffffffffff1\r\n${SMUGGLED}`],
  ['a chunk size with a sign', ['Transfer-Encoding: chunked'], `+0\r\n\r\n${SMUGGLED}`],
  ['a chunk extension with a line feed', ['Transfer-Encoding: chunked'], `0;a=\nb\r\n\r\n${SMUGGLED}`],
  ['a chunk ended by a line feed alone', ['Transfer-Encoding: chunked'], `0\n\n${SMUGGLED}`],
  ['a chunk that is longer than it says', ['Transfer-Encoding: chunked'], `2\r\nabcd\r\n0\r\n\r\n${SMUGGLED}`],
  ['a trailer that is a header', ['Transfer-Encoding: chunked', 'Trailer: Content-Length'], `0\r\nContent-Length: 5\r\n\r\n${SMUGGLED}`],
  ['a body of a GET', ['Content-Length: 0'], SMUGGLED],
  ['an expectation', ['Expect: 100-continue', 'Content-Length: 0'], SMUGGLED],
  ['an upgrade', ['Connection: close, Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: x', 'Content-Length: 0'], SMUGGLED],
  ['a length named hop-by-hop', ['Connection: Content-Length', 'Content-Length: 0'], SMUGGLED],
  ['a coding named hop-by-hop', ['Connection: Transfer-Encoding, close', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`],
]; // prettier-ignore

test.each(SHAPES)('%s brings no second request upstream', async (_, headers, body) => {
  for (const method of ['POST', 'GET']) {
    const all = [`Cookie: ${app.ada.cookie}`, 'X-Reseal: 1', ...headers];
    const client = new RawClient(app.url).send(
      Buffer.from(requestText(`${method} /api/upstream/notes`, all, body), 'latin1'),
    );
    // A second request behind it on the same connection shows that the answers have not slipped.
    await Promise.race([client.all(), client.until(/HTTP\/1\.1 \d{3}[^]*HTTP\/1\.1 \d{3}/)]).catch(
      () => undefined,
    );
    client.close();
  }
  const lines = arrived.match(/^[A-Z]+ \S+ HTTP\/1\.1/gm) ?? [];
  expect(lines.filter((line) => !/^(GET|POST) \/notes HTTP/.test(line))).toEqual([]);
  expect(arrived).not.toMatch(/^X-Smuggled/m);
  expect(lines.length).toBeLessThanOrEqual(2);
});
