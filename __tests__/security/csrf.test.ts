import { Agent, request } from 'node:http';
import { startAppWithUpstream, type AppWithUpstream } from '../support/app.ts';
import { Browser, infoOf } from '../../testing/browser.ts';

let app: AppWithUpstream;
let ada: Browser;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

beforeAll(async () => {
  app = await startAppWithUpstream({ accessTtlSeconds: 600 });
  ada = new Browser(app.url);
  await ada.login();
});
afterAll(async () => {
  agent.destroy();
  await app.close();
});

const UPSTREAM = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ROUTES: readonly [string, string][] = [
  ['GET', '/api/user'],
  ['POST', '/api/user'],
  ['POST', '/api/login'],
  ['POST', '/api/logout'],
  ...UPSTREAM.map((method): [string, string] => [method, '/api/upstream/echo/x']),
];
const ORIGINS = [
  undefined,
  'OWN',
  'https://evil.example',
  'null',
  'OWN.evil.example',
  'http://127.0.0.1:1',
  'OWN/',
];
const SITES = [undefined, 'same-origin', 'none', 'same-site', 'cross-site', 'rubbish'];
const MODES = [undefined, 'cors', 'no-cors', 'navigate'];
const DESTINATIONS = [undefined, 'empty', 'document', 'image', 'script', 'iframe'];

function* matrix() {
  for (const [method, path] of ROUTES)
    for (const header of [undefined, '', '1', 'ID', 'somebody-else'])
      for (const origin of ORIGINS)
        for (const site of SITES)
          for (const mode of MODES)
            for (const dest of DESTINATIONS) yield { method, path, header, origin, site, mode, dest };
}

type Try = ReturnType<typeof matrix> extends Generator<infer T> ? T : never;

function send({ method, path, header, origin, site, mode, dest }: Try, id: string): Promise<number> {
  const headers: Record<string, string | undefined> = {
    Cookie: ada.cookie,
    'X-Reseal': header === 'ID' ? id : header,
    Origin: origin?.replace('OWN', app.url),
    'Sec-Fetch-Site': site,
    'Sec-Fetch-Mode': mode,
    'Sec-Fetch-Dest': dest,
    'Content-Length': '0',
  };
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    request(app.url + path, { method, headers: given as Record<string, string>, agent }, (res) => {
      res.resume().once('end', () => resolve(res.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

const isForeign = ({ origin, site }: Try) =>
  (origin !== undefined && origin !== 'OWN') ||
  !(site === undefined || site === 'same-origin' || site === 'none');

/** What a page of another site can make a browser send is foreign, or lacks the header and the browser's word. */
function mayPass(one: Try): boolean {
  if (isForeign(one)) return false;
  if (one.header) return true;
  const isRead = one.method === 'GET' || one.method === 'HEAD';
  return one.path.startsWith('/api/upstream/') && isRead && one.site === 'same-origin';
}

test('no combination of method, header, origin and fetch metadata lets another site act', async () => {
  const { session } = await infoOf(await ada.whoAmI());
  const all = [...matrix()].filter((one) => !mayPass(one));
  // Every n-th by default, all with RUNS=full; n shares no factor with the sizes of the matrix.
  const step = process.env['RUNS'] ? 1 : 11;
  const tried = all.filter((_, index) => index % step === 0);
  const passed: Try[] = [];
  for (let at = 0; at < tried.length; at += 50) {
    const group = tried.slice(at, at + 50);
    const statuses = await Promise.all(group.map((one) => send(one, session.id)));
    passed.push(...group.filter((_, index) => statuses[index] !== 403));
  }
  console.log(`CSRF matrix: ${tried.length} of ${all.length} tried, ${passed.length} passed`);
  expect(passed).toEqual([]);
  const after = await infoOf(await ada.whoAmI());
  expect(after.session).toMatchObject({ id: session.id, version: 1 });
  expect(app.upstream.stats().refreshCalls).toBe(0);
}, 300_000);

test('a form on another site logs no one in under a stranger’s name', async () => {
  const victim = new Browser(app.url);
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
    const body = '{"username":"grace","password":"hopper","x":"="}';
    const headers = { 'Content-Type': type, 'X-Reseal': '', Origin: 'https://evil.example' };
    const answer = await victim.call('/api/login', { method: 'POST', body, headers });
    expect(answer.status).toBe(403);
  }
  expect(victim.jar.size).toBe(0);
});

test('no answer grants another origin anything: there is no CORS', async () => {
  for (const [method, path] of [
    ...ROUTES,
    ['OPTIONS', '/api/user'],
    ['OPTIONS', '/api/upstream/echo'],
  ] as const) {
    const headers = {
      Origin: 'https://evil.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-reseal',
    };
    const answer = await ada.call(path, { method, headers });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
});
