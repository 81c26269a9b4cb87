import { createServer } from 'node:http';
import { requestText, sendRaw } from '../server/edges/rawClient.ts';
import { startSignedInApp, type SignedInApp } from '../support/signedInApp.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';

const EVIL = 'X-Injected';
const BREAKS = [
  '\r\n',
  '\n',
  '\r',
  '%0d%0a',
  '%0a',
  '%E5%98%8A%E5%98%8D',
  '%u000d%u000a',
  '\u2028',
  '\0',
  '\t',
  '%00\r\n',
];

let app: SignedInApp;
let oidc: OidcApp;
let arrived: string[] = [];

beforeAll(async () => {
  app = await startSignedInApp(
    createServer((req, res) => {
      arrived.push(...Object.keys(req.headers));
      res.end('{}');
    }),
  );
  oidc = await startOidcApp();
});
afterAll(async () => {
  await app.close();
  await oidc.close();
});

test('no line break, however written, adds a header to an answer or to what goes upstream', async () => {
  let tried = 0;
  for (const line of BREAKS) {
    arrived = [];
    const payload = `x${line}${EVIL}: 1${line}Set-Cookie: reseal=evil`;
    const spots: [string, string[], string][] = [
      [`GET /api/login?returnTo=/${payload}`, [], oidc.url],
      [`GET /api/callback?code=${payload}&state=${payload}&reseal_hop=1`, [], oidc.url],
      [`GET /api/callback?error=${payload}`, [], oidc.url],
      [`GET /api/upstream/notes/${payload}`, [`Cookie: ${app.ada.cookie}`, 'X-Reseal: 1'], app.url],
      [`GET /api/upstream/notes?q=${payload}`, [`Cookie: ${app.ada.cookie}`, 'X-Reseal: 1'], app.url],
      ['GET /api/user', [`Cookie: ${app.ada.cookie}`, `X-Reseal: ${payload}`], app.url],
      ['GET /api/user', [`Cookie: reseal=${payload}; reseal_hint=${payload}`, 'X-Reseal: 1'], app.url],
      ['GET /api/user', [`X-Request-Id: abcdefgh${payload}`, 'X-Reseal: 1'], app.url],
      [
        'GET /api/upstream/notes',
        [`Cookie: ${app.ada.cookie}`, 'X-Reseal: 1', `X-Request-Id: ${payload}`],
        app.url,
      ],
    ];
    for (const [target, headers, url] of spots) {
      tried += 1;
      const bytes = Buffer.from(requestText(target, headers), 'utf8');
      const { headers: answered } = await sendRaw(url, bytes);
      expect(answered.has(EVIL.toLowerCase())).toBe(false);
      expect(
        (answered.get('set-cookie') ?? []).filter(
          (cookie) => /evil/.test(cookie) && !/reseal_login/.test(cookie),
        ),
      ).toEqual([]);
    }
    // A line that is broken on the wire is the client's own next header; one that is encoded must stay one.
    if (!/\n/.test(line)) expect(arrived).not.toContain(EVIL.toLowerCase());
  }
  console.log(`header injection: ${tried} tried, 0 passed`);
});

test('the page that sends the browser on holds no markup from the address that it was given', async () => {
  for (const payload of [
    '"><script>alert(1)</script>',
    "'onload='x",
    '&quot;><img src=x>',
    '%22%3E%3Cscript%3E',
    '0;url=https://evil.example',
  ]) {
    const page = await sendRaw(
      oidc.url,
      requestText(`GET /api/callback?code=${encodeURI(payload)}&x=${encodeURI(payload)}`),
    );
    expect(page.body.match(/<(\w+)/g)).toEqual(['<html', '<head', '<meta', '<title', '<meta', '<body', '<a']);
    expect(page.body.match(/url=/g)!.length).toBeLessThanOrEqual(2);
    expect(/content="0;url=(\/api\/callback\?[^"<>']*)"/.test(page.body)).toBe(true);
    expect(page.body).not.toMatch(/href="https?:/);
  }
});
