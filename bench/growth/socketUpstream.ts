import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/* An upstream that grants tokens and keeps every WebSocket open; it sends back what it receives. */

const tokens = JSON.stringify({
  access_token: 'a'.repeat(800),
  refresh_token: 'r'.repeat(60),
  expires_in: 86_400,
  token_type: 'Bearer',
  user: { id: 'user-ada', name: 'Ada Lovelace' },
});
const server = createServer((req, res) => {
  req.resume();
  res.writeHead(200, { 'Content-Type': 'application/json' }).end(tokens);
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('error', () => undefined);
  socket.on('message', (data) => socket.send(data as Buffer));
});
server.listen(0, '127.0.0.1', 2048, () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit(0));
