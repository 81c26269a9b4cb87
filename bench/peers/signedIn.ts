import { startBalancer } from '../../testing/balancer.ts';
import type { Instance } from '../../testing/production.ts';
import { startPeerApp } from './apps.ts';
import { openBrowser } from './browser.ts';
import { environmentOf, type Peer } from './peer.ts';

export interface SignedIn {
  readonly instance: Instance;
  /** The `Cookie` header of someone who has signed in. */
  readonly cookie: string;
}

/** Starts a peer's app for load: signs in through the address that it was told, and answers where it is itself. */
export async function startSignedIn(peer: Peer, issuerUrl: string, upstreamUrl: string): Promise<SignedIn> {
  let at: readonly string[] = [];
  // An app is told its own address before it has one.
  const balancer = await startBalancer(() => at);
  const around = { appUrl: balancer.url, issuerUrl, upstreamUrl, apiUrl: upstreamUrl };
  const instance = await startPeerApp(peer.folder, environmentOf(around));
  at = [instance.url];
  const browser = openBrowser(balancer.url);
  await peer.login(browser, 'ada');
  const { status } = await browser.http.get('/api/call');
  browser.close();
  await balancer.close();
  if (status !== 200) throw new Error(`${peer.name}: no session, the app answered ${status}.`);
  return { instance, cookie: browser.jar.header };
}
