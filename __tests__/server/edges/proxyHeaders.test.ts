import type { IncomingHttpHeaders } from 'node:http';
import { requestText, sendRaw, type RawAnswer } from './rawClient.ts';
import { startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

interface Seen {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
}

let app: SignedInApp;
let seen: Seen[];
/** What the upstream answers: a head as it is written on the wire, and a body. */
let answerWith: { status: number; headers: [string, string][]; body: string };

beforeAll(async () => {
  app = await startSignedInApp(
    (req, res) => {
      seen.push({ method: req.method, headers: req.headers, raw: req.rawHeaders });
      req.resume().once('end', () => {
        res.writeHead(answerWith.status, answerWith.headers.flat());
        // Bytes, because Node writes the headers before a text body in the text's encoding.
        res.end(Buffer.from(answerWith.body));
      });
    },
    { env: { UPSTREAM_REQUEST_HEADERS: 'X-Stays,x-twice', UPSTREAM_RESPONSE_HEADERS: 'X-Stays' } },
  );
});
beforeEach(() => {
  seen = [];
  answerWith = { status: 200, headers: [], body: 'ok' };
});
afterAll(() => app.close());

const send = (
  headers: readonly string[] = [],
  line = 'GET /api/upstream/notes',
  body = '',
): Promise<RawAnswer> =>
  sendRaw(app.proxyUrl, requestText(line, ['X-Reseal: 1', `Cookie: ${app.ada.cookie}`, ...headers], body));
const sent = () => seen[0]?.headers ?? {};

describe('of a request', () => {
  test('neither cookie nor authorization nor anything of ours reaches the upstream', async () => {
    await send([
      'Cookie2: $Version=1', 'Authorization: Bearer mine', 'Proxy-Authorization: Basic eDp5', 'X-Reseal-Version: 9',
      'X-Reseal-Reason: x', 'X-Middleware-Subrequest: pages/_middleware', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Dest: empty',
      `Referer: ${app.url}/notes?secret`, 'Via: 1.1 elsewhere', 'Expect: 100-continue', 'X-Request-Id: "; evil',
    ]); // prettier-ignore
    for (const name of [
      'cookie',
      'cookie2',
      'proxy-authorization',
      'x-reseal',
      'x-reseal-version',
      'x-reseal-reason',
      'x-middleware-subrequest',
      'sec-fetch-site',
      'sec-fetch-dest',
      'referer',
      'origin',
      'via',
      'expect',
    ])
      // prettier-ignore
      expect([name, sent()[name]]).toEqual([name, undefined]);
    expect(seen[0]?.raw.filter((name) => /^authorization$/i.test(name))).toHaveLength(1);
    expect(sent().authorization).toMatch(/^Bearer access-\d+$/);
    expect(sent()['x-request-id']).toMatch(/^[\w-]{36}$/);
    const seal = app.ada.jar.get('reseal') ?? '';
    expect(JSON.stringify(seen)).not.toContain(seal.slice(20, 60));
  });

  test('what tells of where it comes from is written by the proxy, no matter who sent it and in which form', async () => {
    await send([
      'Forwarded: for=1.1.1.1;proto=https', 'X-Forwarded-For: 1.1.1.1', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: gopher',
      'X-Forwarded-Port: 1', 'X-Forwarded-Prefix: /evil', 'X-Forwarded-User: admin', 'X-Real-IP: 1.1.1.1', 'X_Forwarded_For: 1.1.1.1',
      'X-Forwarded_Host: evil.example', 'X-Client-IP: 1.1.1.1', 'True-Client-IP: 1.1.1.1', 'CF-Connecting-IP: 1.1.1.1',
      'X-Cluster-Client-IP: 1.1.1.1', 'X-Original-URL: /admin', 'X-Rewrite-URL: /admin', 'X-Original-Host: evil.example',
      'X-Host: evil.example', 'Proxy: http://evil.example', 'X-HTTP-Method-Override: DELETE', 'X-Method-Override: DELETE', 'X-HTTP-Method: DELETE',
    ]); // prettier-ignore
    const { host, ...headers } = sent();
    expect(headers).toEqual({
      authorization: expect.any(String),
      connection: expect.any(String),
      'x-request-id': expect.any(String),
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(app.url).host,
    });
    expect(host).not.toContain('app.example');
    expect(JSON.stringify(seen)).not.toMatch(/evil|1\.1\.1\.1|admin|DELETE/);
  });

  test('what is of one hop stays on it, also what only Connection names', async () => {
    await send([
      'Connection: close, X-Secret-Hop ,, x-other', 'X-Secret-Hop: 1', 'X-Other: 2', 'Keep-Alive: timeout=5', 'TE: trailers',
      'Trailer: X-Later', 'Upgrade: websocket', 'Proxy-Connection: keep-alive', 'HTTP2-Settings: AAA', 'X-Stays: 3',
    ]); // prettier-ignore
    for (const name of [
      'x-secret-hop',
      'x-other',
      'te',
      'trailer',
      'upgrade',
      'proxy-connection',
      'http2-settings',
      'keep-alive',
    ])
      // prettier-ignore
      expect([name, sent()[name]]).toEqual([name, undefined]);
    expect(sent()['x-stays']).toBe('3');
  });

  test('Connection cannot take away what we add', async () => {
    await send([
      'Connection: close, authorization, x-forwarded-for, x-forwarded-proto, x-forwarded-host, x-request-id',
    ]);
    expect(sent()).toMatchObject({
      authorization: expect.stringMatching(/^Bearer /),
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(app.url).host,
      'x-request-id': expect.any(String),
    });
  });

  test('everything else goes on as it is, twice where it came twice', async () => {
    const headers = ['Accept: text/html, */*;q=0.1', 'Accept-Language: ko', 'If-None-Match: "a", W/"b"', 'Range: bytes=0-9', 'X-Twice: 1', 'X-Twice: 2', 'Idempotency-Key: k', 'Content-Type: text/x; a="b"', 'Last-Event-ID: 7']; // prettier-ignore
    await send(headers);
    for (const header of headers) {
      const [name = '', value] = header.split(': ');
      const values = (seen[0]?.raw ?? []).filter((_, at, all) => at % 2 === 1 && all[at - 1] === name);
      expect(values).toContain(value);
    }
  });

  test('what no header may hold is no error of ours or of the upstream’s', async () => {
    for (const value of ['\u0001', '\u007f', '\u00e9\u00ff', 'a\u0000b']) {
      const text = requestText('GET /api/upstream/notes', [
        'X-Reseal: 1',
        `Cookie: ${app.ada.cookie}`,
        `X-Odd: ${value}`,
      ]);
      const { status } = await sendRaw(app.proxyUrl, Buffer.from(text, 'latin1'));
      expect([200, 400]).toContain(status);
    }
  });
});

describe('of an answer', () => {
  const ours = ['X-Reseal-Reason', 'X-Reseal-Version', 'X-Reseal', 'X-Request-Id', 'X-Powered-By', 'Server'];
  const notTheirs = [
    'Set-Cookie', 'Set-Cookie2', 'Clear-Site-Data', 'Service-Worker-Allowed', 'Strict-Transport-Security', 'Alt-Svc',
    'Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials', 'Access-Control-Expose-Headers', 'Access-Control-Max-Age',
    'Refresh', 'NEL', 'Report-To', 'Reporting-Endpoints', 'Public-Key-Pins', 'Expires', 'Pragma', 'Surrogate-Control', 'CDN-Cache-Control',
    'X-Accel-Redirect', 'X-Accel-Buffering', 'X-Sendfile', 'X-Middleware-Rewrite', 'X-Nextjs-Redirect', 'Keep-Alive', 'Trailer', 'Upgrade',
    'Proxy-Authenticate', 'Proxy-Connection', 'Set-Login', 'Speculation-Rules', 'Accept-CH', 'Critical-CH', 'No-Vary-Search',
    'Origin-Agent-Cluster', 'Use-As-Dictionary', 'Secure-Session-Registration', 'Sec-Session-Registration', 'Origin-Trial',
    'Content-Security-Policy-Report-Only', 'X-Frame-Options', 'SourceMap', 'Activate-Storage-Access',
  ]; // prettier-ignore

  test('what would be said in our origin’s name is dropped', async () => {
    answerWith.headers = [...ours, ...notTheirs].map((name) => [name, 'theirs']);
    const { headers, status } = await send();
    expect(status).toBe(200);
    expect([...headers].filter(([, values]) => values.includes('theirs'))).toEqual([]);
  });

  test('what its Connection names is dropped', async () => {
    answerWith.headers = [['Connection', 'X-Hop'], ['X-Hop', '1'], ['X-Stays', '2']]; // prettier-ignore
    const { headers } = await send();
    expect(headers.has('x-hop')).toBe(false);
    expect(headers.get('x-stays')).toEqual(['2']);
  });

  test.each([
    [undefined, 'private, no-cache, no-transform'],
    ['public, max-age=31536000, immutable', 'private, no-cache, no-transform'],
    ['No-Store', 'private, no-store, no-transform'],
    ['private, no-store="x"', 'private, no-store, no-transform'],
  ])('no person’s data is kept for another person: %s', async (given, expected) => {
    answerWith.headers = [
      ['Vary', 'Accept, *, cookie'],
      ...(given ? [['Cache-Control', given] as [string, string]] : []),
    ];
    const { headers } = await send();
    expect(headers.get('cache-control')).toEqual([expected]);
    expect(headers.get('vary')?.[0]).toMatch(/^Cookie, X-Reseal\b/);
    expect(headers.get('vary')?.[0]).toContain('Accept');
  });

  test('it cannot run in our origin, whatever it says of itself', async () => {
    answerWith.headers = [['Content-Type', 'text/html'], ['Content-Security-Policy', "default-src *; script-src 'unsafe-inline'"], ['X-Content-Type-Options', 'sniff']]; // prettier-ignore
    for (const line of [
      'GET /api/upstream/notes',
      'POST /api/upstream/notes',
      'DELETE /api/upstream/notes',
    ]) {
      const { headers } = await send([], line);
      expect(headers.get('content-security-policy')).toEqual(["sandbox; default-src 'none'"]);
      expect(headers.get('x-content-type-options')).toEqual(['nosniff']);
    }
  });

  test.each([200, 201, 204, 206, 304, 400, 403, 404, 409, 418, 429, 500, 503])(
    '%i is the upstream’s own',
    async (status) => {
      answerWith = { status, headers: [['X-Stays', '1'], ['ETag', '"a"'], ['Retry-After', '7']], body: '' }; // prettier-ignore
      const answer = await send();
      expect(answer.status).toBe(status);
      expect([answer.headers.get('x-stays'), answer.headers.get('etag'), answer.headers.get('retry-after')]).toEqual([['1'], ['"a"'], ['7']]); // prettier-ignore
      expect(answer.headers.has('x-reseal-reason')).toBe(false);
      expect(answer.headers.get('cache-control')?.[0]).toContain('private');
      expect(answer.headers.get('x-content-type-options')).toEqual(['nosniff']);
    },
  );

  test.each([301, 302, 303, 307, 308])('a redirect is not followed: %i', async (status) => {
    answerWith = { status, headers: [['Location', `${app.url}/elsewhere`]], body: '' };
    const answer = await send();
    expect([answer.status, answer.headers.get('location')]).toEqual([status, [`${app.url}/elsewhere`]]);
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['inline; filename="a;b.html"', 'attachment; filename="a;b.html"'],
    [
      `inline; filename="x.txt"; filename*=UTF-8''%ED%95%9C.txt`,
      `attachment; filename="x.txt"; filename*=UTF-8''%ED%95%9C.txt`,
    ],
    ['attachment; filename="y"', 'attachment; filename="y"'],
    ['ATTACHMENT', 'attachment'],
    ['attachment-not; filename=z', 'attachment; filename=z'],
    ['filename=bare', 'attachment'],
    ['', 'attachment'],
  ])('a document is a download and keeps its name: %s', async (given, expected) => {
    answerWith.headers = given === '' ? [] : [['Content-Disposition', given]];
    const { headers } = await send(['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Dest: document']);
    expect(headers.get('content-disposition')).toEqual([expected]);
  });

  test('a name in raw UTF-8 or latin1 is no error', async () => {
    answerWith.headers = [
      ['Content-Disposition', Buffer.from('attachment; filename="한.txt"').toString('latin1')],
    ];
    const answer = await send();
    expect(answer.status).toBe(200);
    expect(Buffer.from(answer.headers.get('content-disposition')?.[0] ?? '', 'latin1').toString()).toContain(
      '한.txt',
    );
  });
});

describe('a 401 of the upstream', () => {
  test.each([
    [undefined, 'token_expired'],
    ['Bearer', 'token_expired'],
    ['Bearer realm="x", error="invalid_token", error_description="expired"', 'token_expired'],
    ['Bearer error=invalid_token', 'token_expired'],
    ['Bearer error="insufficient_scope", scope="admin"', undefined],
    ['Bearer error="invalid_request"', undefined],
    ['DPoP error="use_dpop_nonce"', undefined],
    ['Bearer error_description="the error=\\"x\\" was made"', 'token_expired'],
    ['Bearer realm="error=\\"insufficient_scope\\""', 'token_expired'],
    ['Bearer error="INSUFFICIENT_SCOPE"', undefined],
  ])('that says %s is %s', async (challenge, reason) => {
    answerWith = {
      status: 401,
      headers: challenge ? [['WWW-Authenticate', challenge]] : [],
      body: 'their own',
    };
    const answer = await send();
    expect(answer.status).toBe(401);
    expect(answer.headers.get('x-reseal-reason')?.[0]).toBe(reason);
    expect(answer.headers.get('x-reseal-version')?.[0]).toBe(reason ? '1' : undefined);
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect(answer.body.includes('their own')).toBe(reason === undefined);
    if (!reason) expect(answer.headers.get('www-authenticate')).toEqual([challenge]);
  });
});
