import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An API behind the app: it asks the provider's UserInfo whether a token lives, and answers 401 when it does not. */
export async function startResource(userInfo: string) {
  const server = createServer(async (req, res) => {
    const asked = await fetch(userInfo, { headers: { Authorization: req.headers.authorization ?? '' } });
    await asked.arrayBuffer();
    if (asked.status !== 200)
      return void res.writeHead(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }).end();
    res.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
