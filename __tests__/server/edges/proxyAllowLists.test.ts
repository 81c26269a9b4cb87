import type { IncomingHttpHeaders } from 'node:http';
import { readSettings } from '../../../server/settings/fromEnv.ts';
import { requestText, sendRaw, type RawAnswer } from './rawClient.ts';
import { startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

let app: SignedInApp;
let upstreamUrl: string;
let sent: IncomingHttpHeaders;
let answerWith: readonly (readonly [string, string])[];

beforeAll(async () => {
  app = await startSignedInApp(
    (req, res) => {
      sent = req.headers;
      res.writeHead(answerWith.some(([name]) => name === 'Location') ? 302 : 200, answerWith.flat());
      res.end();
    },
    {
      basePath: '/base',
      env: {
        UPSTREAM_REQUEST_HEADERS: 'X-Tenant-Id',
        UPSTREAM_RESPONSE_HEADERS: 'x-shard, Link',
      },
    },
  );
  upstreamUrl = app.runtime.settings.upstreamUrl.origin;
});
beforeEach(() => {
  sent = {};
  answerWith = [];
});
afterAll(() => app.close());

const send = (headers: readonly string[] = [], path = 'notes/7?a=b'): Promise<RawAnswer> =>
  sendRaw(
    app.proxyUrl,
    requestText(`GET /api/upstream/${path}`, ['X-Reseal: 1', `Cookie: ${app.ada.cookie}`, ...headers]),
  );

describe('of a request', () => {
  /** Headers by which upstreams trust a gateway; no list of them is ever complete. */
  const IDENTITIES = [
    'Remote-User', 'Remote-Email', 'Remote-Groups', 'X-Remote-User', 'X-Auth-Request-User', 'X-Auth-Request-Email',
    'X-Auth-Request-Access-Token', 'X-WEBAUTH-USER', 'X-Authenticated-User', 'X-User-Id', 'X-Consumer-Username',
    'X-Goog-IAP-JWT-Assertion', 'X-Amzn-Oidc-Data', 'X-MS-CLIENT-PRINCIPAL', 'Client-Cert', 'X-Client-Cert',
    'X-SSL-Client-Verify', 'SSL-Client-Cert', 'X-Internal', 'X-API-Key', 'Tailscale-User-Login', 'CF-Access-Jwt-Assertion',
    'X-Envoy-Internal', 'X-Original-URI', 'X_Tenant_Id',
  ]; // prettier-ignore

  test('no header that an upstream may trust its gateway for is let through', async () => {
    await send(IDENTITIES.map((name) => `${name}: mallory`));
    expect(JSON.stringify(sent)).not.toContain('mallory');
    expect(Object.keys(sent).toSorted()).toEqual([
      'authorization',
      'connection',
      'host',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-request-id',
    ]);
  });

  test('what an app needs is let through, and so is what the settings name', async () => {
    const headers = {
      accept: 'text/html',
      'accept-encoding': 'br',
      'if-match': '"a"',
      'if-range': '"b"',
      'idempotency-key': 'k',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'user-agent': 'agent/1',
      prefer: 'return=minimal',
      'content-digest': 'sha-256=:x:',
      'tus-resumable': '1.0.0',
      'x-requested-with': 'XMLHttpRequest',
      'x-tenant-id': 't',
    };
    await send(Object.entries(headers).map(([name, value]) => `${name}: ${value}`));
    expect(sent).toMatchObject(headers);
  });
});

describe('of an answer', () => {
  test('what no list names is dropped, and what an app needs or the settings name is let through', async () => {
    const dropped = ['Referrer-Policy', 'X-Backend-Server', 'X-Served-By', 'Timing-Allow-Origin', 'X-Debug'];
    const kept = ['ETag', 'X-Total-Count', 'RateLimit-Remaining', 'Retry-After', 'Sunset', 'X-Shard'];
    answerWith = [...dropped, ...kept].map((name) => [name, '1'] as const);
    const { headers } = await send();
    expect([...headers].filter(([, [value]]) => value === '1').map(([name]) => name)).toEqual(
      kept.map((name) => name.toLowerCase()),
    );
  });

  test('an event stream tells nginx not to buffer it', async () => {
    answerWith = [['Content-Type', 'Text/Event-Stream; charset=utf-8']];
    expect((await send()).headers.get('x-accel-buffering')).toEqual(['no']);
    answerWith = [['Content-Type', 'application/json']];
    expect((await send()).headers.has('x-accel-buffering')).toBe(false);
  });
});

describe('a redirect', () => {
  const locationOf = async (name: 'Location' | 'Content-Location', value: string) => {
    answerWith = [[name, value]];
    return (await send()).headers.get(name.toLowerCase())?.[0];
  };

  test.each([
    ['UPSTREAM/base/notes/8?x=1#y', '/api/upstream/notes/8?x=1#y'],
    ['/base/notes/8', '/api/upstream/notes/8'],
    ['/base', '/api/upstream/'],
    ['8', '/api/upstream/notes/8'],
    ['../me', '/api/upstream/me'],
    ['?page=2', '/api/upstream/notes/7?page=2'],
    ['#top', '/api/upstream/notes/7?a=b#top'],
    ['//UPSTREAMHOST/base/me', '/api/upstream/me'],
    ['http://USER:x@UPSTREAMHOST/base/me', '/api/upstream/me'],
  ])('within the upstream leads back through the proxy: %s', async (given, expected) => {
    const value = given.replace('UPSTREAMHOST', new URL(upstreamUrl).host).replace('UPSTREAM', upstreamUrl);
    expect(await locationOf('Location', value)).toBe(expected);
    expect(await locationOf('Content-Location', value)).toBe(expected);
  });

  test.each(['https://files.example.com/a?sig=1', 'http://203.0.113.9/x', 'APP/login'])(
    'to a public address, or to the app, is passed on: %s',
    async (given) => {
      const value = given.replace('APP', app.url);
      expect(await locationOf('Location', value)).toBe(value);
    },
  );

  test.each([
    '/notes/8', '/basement/8', '../../../admin', 'UPSTREAM/admin', 'http://127.0.0.1:1/x', 'http://10.1.2.3/x', 'http://[::1]/x',
    'http://[fd00::1]/x', 'http://[::ffff:10.0.0.1]/x', 'http://0x7f.1/x', 'http://2130706433/', 'http://localhost:9/x', 'http://api/x',
    'http://api.default.svc.cluster.local/x', 'http://db.internal./x', 'javascript:alert(1)', 'data:text/html,x', 'http://', 'ftp://a.example/',
  ])('to an internal address shows none: %s', async (given) => {
    expect(await locationOf('Location', given.replace('UPSTREAM', upstreamUrl))).toBeUndefined();
  }); // prettier-ignore

  test('in a Link header that the settings let through is treated alike', async () => {
    answerWith = [
      ['Link', `<${upstreamUrl}/base/notes?page=2>; rel="next", <http://10.0.0.1/x>; rel="prev"`],
    ];
    expect((await send()).headers.get('link')).toEqual([
      '</api/upstream/notes?page=2>; rel="next", <>; rel="prev"',
    ]);
  });
});

test.each([
  ['UPSTREAM_REQUEST_HEADERS', ['Cookie', 'x-a, authorization', 'X-Forwarded-User', 'TE', 'X-Reseal', 'X_A', 'X-HTTP-Method-Override']],
  ['UPSTREAM_RESPONSE_HEADERS', ['Set-Cookie', 'Content-Security-Policy', 'Access-Control-Allow-Origin', 'Cache-Control', 'X-Reseal-Reason', 'a b']],
])('the settings refuse to start where %s names what must never pass', (variable, values) => {
  const env = { UPSTREAM_URL: 'http://127.0.0.1:1', UPSTREAM_PATHS: '/x', SESSION_PASSWORD: 'x'.repeat(32) };
  for (const value of values)
    expect(() => readSettings({ ...env, [variable]: value })).toThrow(new RegExp(`${variable} must`));
}); // prettier-ignore
