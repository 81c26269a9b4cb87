import type { App } from '../server/app.ts';
import { startPeerApp } from './apps.ts';
import { startIssuer } from './issuer.ts';
import { environmentOf, PEERS } from './peer.ts';
import { startSignedIn } from './signedIn.ts';

/** What is asked, with what, and what the process that answers has used so far. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cpuMs: () => number;
  /** Whether it does the whole job: a session, and a refresh when its token dies. */
  readonly isPeer: boolean;
}

export const RESEAL = '**Reseal**, Pages route';
export const PASS_THROUGH = 'bare undici pass-through';

/** Starts every peer's app before the upstream of `app`, signs in at each, and names what is to be asked. */
export async function openTargets(app: App) {
  const { newest } = await app.login();
  const ours = (name: string, path: string): Target => ({
    name,
    url: app.url + path,
    headers: { 'X-Reseal': '1', Cookie: newest },
    cpuMs: () => app.cpuMs() ?? NaN,
    isPeer: false,
  });
  const issuer = await startIssuer(app.upstreamUrl);
  const env = environmentOf({
    appUrl: 'http://127.0.0.1',
    issuerUrl: issuer.url,
    upstreamUrl: app.upstreamUrl,
    apiUrl: app.upstreamUrl,
  });
  const bare = await startPeerApp('bare', env);
  const instances = [bare];
  const targets: Target[] = [
    ours(RESEAL, '/api/upstream/notes'),
    ours(PASS_THROUGH, '/api/through/notes'),
    ours('bare Next route, calls no one', '/api/bare'),
    {
      name: 'Next route and `fetch`, no session',
      url: `${bare.url}/api/call`,
      headers: {},
      cpuMs: bare.cpuMs,
      isPeer: false,
    },
  ];
  for (const peer of PEERS) {
    const { instance, cookie } = await startSignedIn(peer, issuer.url, app.upstreamUrl);
    instances.push(instance);
    const own = { headers: { Cookie: cookie }, cpuMs: instance.cpuMs };
    targets.push({ ...own, name: peer.name, url: `${instance.url}/api/call`, isPeer: true });
    if (peer.folder !== 'nextAuth4') continue;
    const url = `${instance.url}/api/token`;
    targets.push({ ...own, name: `${peer.name}, \`getToken\`: never refreshes`, url, isPeer: false });
  }
  return {
    targets,
    async close() {
      await Promise.all(instances.map((one) => one.kill()));
      await issuer.close();
    },
  };
}
