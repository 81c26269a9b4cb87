import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

/** A corporate proxy: it tunnels to the hosts it knows, each at a port of this machine, and to no other. */
export async function startEgressProxy(hosts: Readonly<Record<string, number>>) {
  const tunnels: Record<string, number> = {};
  const server = createServer((_req, res) => void res.writeHead(405).end());
  server.on('connect', (req, socket) => {
    const host = req.url?.split(':')[0] ?? '';
    const port = hosts[host];
    if (port === undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    tunnels[host] = (tunnels[host] ?? 0) + 1;
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => (onward.destroy(), socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
