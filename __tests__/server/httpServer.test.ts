import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tendHttpServer } from '../../server/ops/httpServer.ts';

/** Node's five minutes and its minute for heads, as short as a test can wait for. */
const bounds = { requestTimeout: 300, headersTimeout: 200, connectionsCheckingInterval: 50 };
let server: Server;
afterEach(() => server.closeAllConnections());
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Uploads a body that comes to its end only when the server has looked for late requests many times. */
async function uploadSlowly(): Promise<number> {
  server = createServer(bounds, (req, res) => void req.resume().on('end', () => res.end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const upload = request({ port, host: '127.0.0.1', method: 'POST' }, (answer) =>
      resolve(answer.statusCode ?? 0),
    );
    upload.once('error', reject);
    upload.write('a');
    setTimeout(() => upload.end('b'), 1000);
  });
}

test('an upload may take longer than Node lets a request take', async () => {
  const stop = tendHttpServer();
  try {
    expect(await uploadSlowly()).toBe(200);
    expect(server.headersTimeout).toBe(200);
  } finally {
    stop();
  }
});

test('without that it is cut off', async () => {
  expect(await uploadSlowly()).toBe(408);
});

test('the target * is a path that is not there', async () => {
  const stop = tendHttpServer();
  try {
    server = createServer((req, res) => res.end(req.url));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      request({ port, host: '127.0.0.1', method: 'OPTIONS', path: '*' }, (res) =>
        res.setEncoding('utf8').once('data', resolve),
      )
        .once('error', reject)
        .end();
    });
    expect(answer).toBe('/*');
  } finally {
    stop();
  }
});
