import { productionEnvironment, startInstance, type Instance } from '../../testing/production.ts';
import { nextStart, startPeerApp } from './apps.ts';
import { environmentOf, PEERS } from './peer.ts';
import { resealVisitor } from './resealVisitor.ts';
import { openBrowser } from './browser.ts';
import { startSignedIn, type SignedIn } from './signedIn.ts';

/** An app whose start, memory and first load are weighed. */
export interface Contender {
  readonly name: string;
  start(): Promise<Instance>;
  /** What answers without a session, with any status: it loads what a session needs. */
  readonly firstPath: string;
  /** Starts it with someone signed in; where there are no sessions, with no one. */
  startSignedIn(): Promise<SignedIn>;
  /** What is asked under load. */
  readonly loadPath: string;
}

interface Around {
  readonly issuerUrl: string;
  readonly upstreamUrl: string;
}

export function contenders({ issuerUrl, upstreamUrl }: Around): Contender[] {
  const env = environmentOf({ appUrl: 'http://127.0.0.1', issuerUrl, upstreamUrl, apiUrl: upstreamUrl });
  const api = { firstPath: '/api/call', loadPath: '/api/call' };
  const startBare = () => startPeerApp('bare', env);
  return [
    reseal('**Reseal**, `npm start`', upstreamUrl, ['scripts/start.ts']),
    reseal('**Reseal**, `next start`', upstreamUrl, nextStart('.')),
    {
      name: 'bare Next app',
      start: startBare,
      startSignedIn: async () => ({ instance: await startBare(), cookie: '' }),
      ...api,
    },
    ...PEERS.map((peer) => ({
      name: peer.name,
      start: () => startPeerApp(peer.folder, env),
      startSignedIn: () => startSignedIn(peer, issuerUrl, upstreamUrl),
      ...api,
    })),
  ];
}

function reseal(name: string, upstreamUrl: string, command: string[]): Contender {
  const startAt = (appUrl: string) =>
    startInstance(
      { ...productionEnvironment(upstreamUrl, appUrl), LOG_LEVEL: 'error' },
      { command, path: '/' },
    );
  return {
    name,
    start: () => startAt('http://127.0.0.1'),
    firstPath: '/api/user',
    loadPath: '/api/upstream/notes',
    async startSignedIn() {
      const instance = await startAt('http://127.0.0.1');
      const browser = openBrowser(instance.url, { strict: true });
      const visitor = resealVisitor(instance.url, 'engine', browser);
      await visitor.login('ada');
      visitor.close();
      return { instance, cookie: browser.jar.header };
    },
  };
}
