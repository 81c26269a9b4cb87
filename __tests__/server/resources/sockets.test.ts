/** @jest-environment node */
import { Browser } from '../../../testing/browser.ts';
import { startApp, type App } from '../../support/app.ts';
import { listen, type Listening } from '../../support/listen.ts';
import { resourceApp, startResourceBackend, type ResourceBackend } from '../../support/resourceBackend.ts';
import { createSocketBackend, openSocket, type SocketBackend } from '../../support/sockets.ts';

let backend: ResourceBackend;
let sockets: SocketBackend;
let live: Listening;
let app: App;
let ada: Browser;

beforeEach(async () => {
  backend = await startResourceBackend();
  sockets = createSocketBackend();
  live = await listen(sockets.server);
  const env = { UPSTREAM_LIVE_WEBSOCKETS: '1', UPSTREAM_LIVE_URL: live.url };
  app = await startApp(backend.url, resourceApp(backend, ['live', 'orders'], { env }));
  ada = new Browser(app.url);
  await ada.login();
});
afterEach(async () => {
  await app.close();
  await Promise.all([live.close(), backend.close()]);
});

const seen = () => sockets.handshakes.map(({ headers }) => headers.authorization);

test('a handshake obtains the token of its upstream first, and a refused one is replaced and sent again', async () => {
  const first = await openSocket(ada, '/api/upstream/live/1');
  first.socket.send('hello');
  expect(await first.next()).toBe('hello');
  expect(seen()).toEqual(['Bearer access-2-live']);
  await ada.call('/api/upstream/orders/1');
  sockets.decide = (authorization) => (authorization === 'Bearer access-2-live' ? 401 : null);
  const second = await openSocket(ada, '/api/upstream/live/1');
  second.socket.send('again');
  expect(await second.next()).toBe('again');
  expect(seen().slice(1)).toEqual(['Bearer access-2-live', 'Bearer access-4-live']);
  expect([backend.asked, backend.reuses]).toEqual([['live', 'orders', 'live'], 0]);
});
