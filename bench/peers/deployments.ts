import { productionEnvironment, startInstance } from '../../testing/production.ts';
import { startRedis } from '../../testing/redisServer.ts';
import { hasNative } from '../frontDoor/native.ts';
import { openApacheDeployment } from './apacheDeployment.ts';
import { startPeerApp } from './apps.ts';
import { openBrowser } from './browser.ts';
import { openDeployment, type Deployment } from './deployment.ts';
import { startIssuer } from './issuer.ts';
import { environmentOf, PEERS, type Peer } from './peer.ts';
import { resealVisitor, type WithEngine } from './resealVisitor.ts';
import { outcomeOf, personOf, type Visitor } from './visitor.ts';

/** Opens them all, Reseal's first. */
export async function openDeployments(): Promise<Deployment[]> {
  const deployments = [
    await openResealDeployment('**Reseal**', 'engine'),
    await openResealDeployment('**Reseal**, a bare page', 'bare page'),
  ];
  for (const peer of PEERS) deployments.push(await openPeerDeployment(peer));
  if (hasNative('apache2'))
    for (const store of ['shm', 'Redis'] as const) deployments.push(await openApacheDeployment(store));
  return deployments;
}

/** Opens the deployment of a peer: its app, and the issuer that it needs before the upstream. */
function openPeerDeployment(peer: Peer): Promise<Deployment> {
  return openDeployment(
    peer.name,
    async (appUrl, upstreamUrl) => {
      const issuer = await startIssuer(upstreamUrl);
      const apiUrl = peer.folder === 'authkit' ? issuer.url.slice(0, -1) : upstreamUrl;
      const env = environmentOf({ appUrl, issuerUrl: issuer.url, upstreamUrl, apiUrl });
      const instances = [await startPeerApp(peer.folder, env), await startPeerApp(peer.folder, env)];
      return { instances, close: issuer.close };
    },
    (appUrl) => peerVisitor(peer, openBrowser(appUrl)),
  );
}

/** Opens the deployment of Reseal: its own production build over one Redis, as its documentation says of two instances. */
function openResealDeployment(name: string, engine: WithEngine): Promise<Deployment> {
  return openDeployment(
    name,
    async (appUrl, upstreamUrl) => {
      const redis = await startRedis();
      const own = { REDIS_URL: redis.url, LOG_LEVEL: 'error' };
      const env = { ...productionEnvironment(upstreamUrl, appUrl), ...own };
      const instances = [await startInstance(env), await startInstance(env)];
      return { instances, close: () => redis.close() };
    },
    (appUrl) => resealVisitor(appUrl, engine),
  );
}

/** A page of a peer's app: it asks its own server, which has session and bearer. */
export function peerVisitor(peer: Peer, browser: ReturnType<typeof openBrowser>): Visitor {
  return {
    async login(person) {
      await peer.login(browser, person);
    },
    async logout() {
      await peer.logout(browser);
    },
    call: () => outcomeOf(browser.http.get('/api/call')),
    async session() {
      const { who, error } = await peer.session(browser);
      return { who: who === undefined ? null : personOf(who), error };
    },
    cutRefresh: (signal) => browser.cutNext(signal),
    earlier: () => peerVisitor(peer, browser.earlier()),
    close: browser.close,
  };
}
