import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { productionEnvironment, type Environment, type Instance } from '../../testing/production.ts';
import { startRedis } from '../../testing/redisServer.ts';
import { folderOf, startPeerApp } from './apps.ts';
import { openBrowser, type Browser } from './browser.ts';
import { openDeployment, type Deployment } from './deployment.ts';
import { peerVisitor } from './deployments.ts';
import { startIssuer } from './issuer.ts';
import { environmentOf, PEERS, type Peer } from './peer.ts';
import { createLock, resealVisitor, type WithEngine } from './resealVisitor.ts';
import { outcomeOf, type Outcome, type Visitor } from './visitor.ts';

/** A person whose browser also opens a page that the server renders. */
export interface PageVisitor extends Visitor {
  /** Opens the page of notes; the cookies that come with it are kept. */
  render(): Promise<Outcome>;
  /** Two tabs of the same browser, whose scripts each send one request. */
  callFromTabs(): Promise<Outcome[]>;
}

export interface PageDeployment extends Deployment<PageVisitor> {
  /** How long before the end of a token the library refreshes it, in seconds. */
  readonly earlySeconds: number;
}

/** How many instances of each app there are. */
export const INSTANCES = 3;

/** The note that the upstream has of Ada, and of no one else. */
const NOTE = 'Written by Ada.';

/** A peer's app with a server component, in `apps/rendered/<folder>`, and what is documented for one. */
interface PageApp {
  readonly folder: string;
  readonly how: string;
  /** Whether sessions and tokens are in a database that the instances share. */
  readonly withDatabase?: true;
  readonly earlySeconds?: number;
}

export const PAGE_APPS: readonly PageApp[] = [
  {
    folder: 'nextAuth4',
    how: '`getServerSession()` in the page, with the rotation in the `jwt` callback',
  },
  {
    folder: 'nextAuth5',
    how: '`auth()` in the page, with the guide’s database strategy: the `session` callback refreshes and writes the account’s row',
    withDatabase: true,
  },
  {
    folder: 'auth0',
    how: '`getAccessToken(request, response)` in the proxy, as it advises for server components, and `getAccessToken()` in the page',
  },
  {
    folder: 'authkit',
    how: 'its proxy, `withAuth()` in the page; `refreshBufferSeconds: 0`, because by default it refreshes half a minute before the end of a token, and these live for seconds',
  },
  {
    folder: 'betterAuth',
    how: '`auth.api.getAccessToken()` in the page, with a database',
    withDatabase: true,
    earlySeconds: 5,
  },
];

/** The folders of the apps that these deployments need, as {@link folderOf} takes them. */
export const PAGE_FOLDERS: readonly string[] = ['reseal', ...PAGE_APPS.map(({ folder }) => folder)].map(
  (folder) => `rendered/${folder}`,
);

/** Opens the apps whose pages are rendered on the server, Reseal's first. */
export async function openPageDeployments(): Promise<PageDeployment[]> {
  const deployments = [
    await openResealPages('**Reseal**', 'engine'),
    await openResealPages('**Reseal**, a bare page', 'bare page'),
  ];
  for (const app of PAGE_APPS) deployments.push(await openPeerPages(app));
  await Promise.all(deployments.map(({ upstream }) => writeNote(upstream.url)));
  return deployments;
}

async function openResealPages(name: string, engine: WithEngine): Promise<PageDeployment> {
  const deployment = await openDeployment(
    name,
    async (appUrl, upstreamUrl) => {
      const redis = await startRedis();
      const own = { REDIS_URL: redis.url, LOG_LEVEL: 'error' };
      const env = { ...productionEnvironment(upstreamUrl, appUrl), ...own };
      return { instances: await startAll('reseal', env), close: () => redis.close() };
    },
    (appUrl) => {
      const browser = openBrowser(appUrl);
      const lock = createLock();
      const tab = () =>
        resealVisitor(appUrl, engine, openBrowser(appUrl, { strict: true, jar: browser.jar }), lock);
      return pageVisitor(browser, [tab(), tab()]);
    },
  );
  return { ...deployment, earlySeconds: 0 };
}

async function openPeerPages(app: PageApp): Promise<PageDeployment> {
  const { folder, withDatabase, earlySeconds = 0 } = app;
  const peer = PEERS.find((one) => one.folder === folder) as Peer;
  const data = mkdtempSync(join(tmpdir(), 'reseal-bench-'));
  const DATABASE_FILE = join(data, 'sessions.sqlite');
  const deployment = await openDeployment(
    peer.name,
    async (appUrl, upstreamUrl) => {
      const issuer = await startIssuer(upstreamUrl);
      const apiUrl = folder === 'authkit' ? issuer.url.slice(0, -1) : upstreamUrl;
      const env = { ...environmentOf({ appUrl, issuerUrl: issuer.url, upstreamUrl, apiUrl }), DATABASE_FILE };
      if (withDatabase) await makeTables(folder, env);
      const close = async () => {
        await issuer.close();
        rmSync(data, { recursive: true, force: true });
      };
      return { instances: await startAll(folder, env), close };
    },
    (appUrl) => {
      const browser = openBrowser(appUrl);
      // Each tab asks the app’s route; these libraries keep nothing between the tabs of a browser but its cookies.
      const tab = peerVisitor(peer, browser);
      if (withDatabase) forgetAccounts(DATABASE_FILE);
      return pageVisitor(browser, [tab, tab]);
    },
  );
  return { ...deployment, earlySeconds };
}

const startAll = (folder: string, env: Environment): Promise<Instance[]> =>
  Promise.all(Array.from({ length: INSTANCES }, () => startPeerApp(`rendered/${folder}`, env)));

/** Makes the tables of an app's database before several instances open it, without blocking the issuer that the app may ask. */
async function makeTables(folder: string, env: Environment): Promise<void> {
  const script = `${folderOf(`rendered/${folder}`)}/migrate.js`;
  await promisify(execFile)(process.execPath, [script], { env: { ...process.env, ...env } });
}

/** Empties every table, for Auth.js keeps the tokens of an account's first login: a later login would find those. */
function forgetAccounts(file: string): void {
  const database = new DatabaseSync(file, { timeout: 5000 });
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name } of tables) database.exec(`DELETE FROM "${String(name)}"`);
  database.close();
}

function pageVisitor(browser: Browser, [first, second]: readonly [Visitor, Visitor]): PageVisitor {
  return {
    ...first,
    render: () => outcomeOf(browser.http.get<string>('/notes').then(shown)),
    callFromTabs: () => Promise.all([first.call(), second.call()]),
    close() {
      first.close();
      second.close();
      browser.close();
    },
  };
}

/** What a page says; one that shows neither the notes nor a status is as good as broken. */
function shown({ status, data }: { status: number; data: string }): {
  status: number;
  data: { id?: string };
} {
  if (status !== 200) return { status, data: {} };
  if (data.includes(NOTE)) return { status, data: { id: 'user-ada' } };
  return { status: Number(/No notes: (\d+)/.exec(data)?.[1] ?? 500), data: {} };
}

async function writeNote(upstreamUrl: string): Promise<void> {
  const post = async <T>(path: string, body: object, token = ''): Promise<T> => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
    const answer = await fetch(upstreamUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as T;
  };
  const order = { username: 'ada', password: 'lovelace' };
  const { access_token } = await post<{ access_token: string }>('/auth/login', order);
  await post('/notes', { text: NOTE }, access_token);
}
