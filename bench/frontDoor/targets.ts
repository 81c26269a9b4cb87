import { signIn } from '../load/stopping.ts';
import { productionEnvironment, startInstance, type Instance } from '../../testing/production.ts';
import { startRedis } from '../../testing/redisServer.ts';
import { nextStart } from '../peers/apps.ts';
import { openBrowser } from '../peers/browser.ts';
import { startIssuer } from '../peers/issuer.ts';
import { PEERS } from '../peers/peer.ts';
import { startSignedIn } from '../peers/signedIn.ts';
import { mintCookies } from '../server/seals.ts';
import { PASSWORD } from '../server/app.ts';
import { hasNative, startApache, startNginx } from './native.ts';
import { forked, pin } from './processes.ts';

/** What is asked, and the process whose CPU time counts. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
  /** One for each request in turn, in a circle larger than what Reseal keeps opened. */
  readonly cookies?: readonly string[];
  /** One for each request in turn, instead of the path of `url`. */
  readonly paths?: readonly string[];
}

export const NAMES = {
  through: 'bare node:http and undici',
  door: '**Reseal**, `npm start`',
  fresh: '**Reseal**, each cookie seen for the first time',
  pages: '**Reseal**, Pages route of `next start`',
  bare: 'bare Next API route, calls no one',
  nginx: 'nginx `proxy_pass`, no session',
  apacheShm: 'Apache, mod_auth_openidc, shm',
  apacheRedis: 'Apache, mod_auth_openidc, Redis',
} as const;

/** The peers that refresh and were fastest among all of `npm run bench -- peers`. */
const FASTEST_PEERS = ['nextAuth4', 'ironSession'];
/** Cores: one for what is measured, one for all around it. */
export const [MEASURED, AROUND] = [0, 1];
/** More than the app keeps opened. */
const FRESH_COOKIES = 10_500;
/** What every client sends. */
export const SENT = {
  'X-Reseal': '1',
  Accept: 'application/json',
  'User-Agent': 'bench',
  'Accept-Encoding': 'gzip',
};

type Add = (name: string, instance: { url: string; pid: number }, path: string, cookie?: string) => void;

/** Reseal by both doors, and what it is compared with: the least that forwards, and the least that Next answers with. */
async function addOwn(upstreamUrl: string, add: Add): Promise<Instance[]> {
  const env = {
    ...productionEnvironment(upstreamUrl, 'http://127.0.0.1'),
    SESSION_PASSWORD: PASSWORD,
    LOG_LEVEL: 'error',
    UPSTREAM_CONCURRENCY_PER_SESSION: '1000',
  };
  const door = await startInstance(env);
  const pages = await startInstance(env, { command: nextStart('.') });
  const bare = await startInstance(env, {
    command: nextStart(`${import.meta.dirname}/../app`),
    path: '/api/bare',
  });
  add(NAMES.door, door, '/api/upstream/notes', await signIn(door.url));
  add(NAMES.pages, pages, '/api/upstream/notes', await signIn(pages.url));
  add(NAMES.bare, bare, '/api/bare');
  return [door, pages, bare];
}

async function addPeers(issuerUrl: string, upstreamUrl: string, add: Add): Promise<Instance[]> {
  const instances: Instance[] = [];
  for (const peer of PEERS.filter(({ folder }) => FASTEST_PEERS.includes(folder))) {
    const { instance, cookie } = await startSignedIn(peer, issuerUrl, upstreamUrl);
    instances.push(instance);
    add(peer.name, instance, '/api/call', cookie);
  }
  return instances;
}

/** What Debian has, where it is installed. */
async function addNative(issuerUrl: string, upstreamUrl: string, add: Add) {
  const instances: Instance[] = [];
  const redis = hasNative('apache2') ? await startRedis() : null;
  if (hasNative('nginx')) {
    instances.push(await startNginx(upstreamUrl));
    add(NAMES.nginx, instances.at(-1)!, '/api/upstream/notes');
  }
  for (const redisUrl of redis ? [undefined, redis.url] : []) {
    const apache = await startApache({
      issuerUrl,
      callUrl: `${upstreamUrl}/notes`,
      ...(redisUrl && { redisUrl }),
    });
    instances.push(apache);
    const browser = openBrowser(apache.url);
    await browser.visit('/login', 'ada');
    add(redisUrl ? NAMES.apacheRedis : NAMES.apacheShm, apache, '/api/call', browser.jar.header);
    browser.close();
  }
  return { instances, closeRedis: () => redis?.close() };
}

export interface TargetChoice {
  readonly peers: boolean;
  readonly native: boolean;
}

/** Starts everything before one upstream, signed in, each on the same one core. */
export async function openTargets(choice: TargetChoice) {
  pin(process.pid, AROUND);
  const upstream = await forked(`${import.meta.dirname}/../server/upstream.ts`);
  const through = await forked(`${import.meta.dirname}/../server/through.ts`, { UPSTREAM_URL: upstream.url });
  const issuer = await startIssuer(upstream.url);
  const targets: Target[] = [];
  const add: Add = (name, { url, pid }, path, cookie) => {
    pin(pid, MEASURED);
    targets.push({ name, url: url + path, pid, headers: { ...SENT, ...(cookie && { Cookie: cookie }) } });
  };
  const own = await addOwn(upstream.url, add);
  const [door] = targets;
  // The pass-through is sent the same cookie, which it drops: what is compared is what is done with it.
  add(NAMES.through, through, '/api/upstream/notes', door!.headers['Cookie']);
  targets.push({ ...door!, name: NAMES.fresh, headers: SENT, cookies: await mintCookies(FRESH_COOKIES) });
  const peers = choice.peers ? await addPeers(issuer.url, upstream.url, add) : [];
  const native = choice.native ? await addNative(issuer.url, upstream.url, add) : null;
  return {
    targets,
    async close() {
      await Promise.all([...own, ...peers, ...(native?.instances ?? [])].map((one) => one.kill()));
      await native?.closeRedis();
      await issuer.close();
    },
  };
}
