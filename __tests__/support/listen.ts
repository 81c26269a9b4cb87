import type { AddressInfo, Server as NetServer } from 'node:net';

/** A server on a port of its own. */
export interface Listening {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Listens on any free port of the loopback. */
export async function listen(server: NetServer): Promise<Listening> {
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
