import { startBalancer } from '../../testing/balancer.ts';
import { productionEnvironment, startInstance, type Instance } from '../../testing/production.ts';
import { startRedis } from '../../testing/redisServer.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { startPeerApp } from './apps.ts';
import { openBrowser } from './browser.ts';
import { startIssuer } from './issuer.ts';
import { environmentOf, PEERS, type Peer } from './peer.ts';
import { resealVisitor, type WithEngine } from './resealVisitor.ts';
import { outcomeOf, personOf, type Visitor } from './visitor.ts';

/** One contender: two instances of its app behind a round-robin, before an upstream of its own. */
export interface Deployment {
  readonly name: string;
  readonly upstream: Upstream;
  /** How many of the two instances serve. */
  serve(count: 1 | 2): void;
  visitor(): Visitor;
  close(): Promise<void>;
}

/** Short enough to wait for, whole seconds for libraries that count in them. */
const FIRST_TOKEN_SECONDS = 2;

async function openDeployment(
  name: string,
  start: (appUrl: string, upstreamUrl: string) => Promise<{ instances: Instance[]; close(): Promise<void> }>,
  visitorAt: (appUrl: string) => Visitor,
): Promise<Deployment> {
  const upstream = await createUpstream({ accessTtlSeconds: FIRST_TOKEN_SECONDS });
  let serving: readonly string[] = [];
  const balancer = await startBalancer(() => serving);
  const { instances, close } = await start(balancer.url, upstream.url);
  const serve = (count: number) => void (serving = instances.slice(0, count).map(({ url }) => url));
  serve(1);
  return {
    name,
    upstream,
    serve,
    visitor: () => visitorAt(balancer.url),
    async close() {
      await Promise.all(instances.map((one) => one.kill()));
      await close();
      await balancer.close();
      await upstream.close();
    },
  };
}

/** Opens them all, Reseal's first. */
export async function openDeployments(): Promise<Deployment[]> {
  const deployments = [
    await openResealDeployment('**Reseal**', 'engine'),
    await openResealDeployment('**Reseal**, a bare page', 'bare page'),
  ];
  for (const peer of PEERS) deployments.push(await openPeerDeployment(peer));
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
function peerVisitor(peer: Peer, browser: ReturnType<typeof openBrowser>): Visitor {
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
    cutRenewal: (signal) => browser.cutNext(signal),
    earlier: () => peerVisitor(peer, browser.earlier()),
    close: browser.close,
  };
}
