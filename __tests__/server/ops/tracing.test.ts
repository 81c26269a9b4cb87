import diagnostics from 'node:diagnostics_channel';
import { Agent, createServer, request, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'; // prettier-ignore
import { nodeListener } from '../../../server/adapters/node.ts';
import { until } from '../../../testing/until.ts';
import { startApp, type App } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { deferred } from '../../support/deferred.ts';
import { listen, type Listening } from '../../support/listen.ts';
import { startOidcApp } from '../../support/oidcApp.ts';
import { OidcPerson } from '../../support/oidcPerson.ts';

jest.setTimeout(30_000);

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CALLER}-01`;
const BAGGAGE = 'plan=gold';
/** Words that no span may hold; each is part of what passes through the server here. */
const SECRETS = ['access-', 'refresh-', 'lovelace', 'reseal=', 'Ada', 'ada', 'token_expired_at', 'secret'];

const exporter = new InMemorySpanExporter();

function register(): void {
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
}

const spans = () => exporter.getFinishedSpans();
const named = (name: string) => spans().filter((span) => span.name === name);
const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId;
/** The one span of this name, once it has ended. */
async function spanOf(name: string): Promise<ReadableSpan> {
  await until(() => named(name).length > 0, { what: name });
  expect(named(name)).toHaveLength(1);
  return named(name)[0]!;
}

type Answer = (res: ServerResponse) => void;
const granted: Answer = (res) => {
  const tokens = { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 60 };
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify({ ...tokens, user: { id: 'ada', name: 'Ada' } }));
};
const answers = new Map<string, Answer>();
/** What each path was sent last. */
const received = new Map<string, IncomingHttpHeaders>();

let backend: Listening;
let app: App;
let ada: Browser;
/** What a test started beside these. */
const others: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  answers.clear();
  received.clear();
  const server = createServer((req, res) => {
    const path = (req.url ?? '').split('?')[0] ?? '';
    received.set(path, req.headers);
    const isToken = path === '/auth/login' || path === '/auth/refresh';
    (answers.get(path) ?? (isToken ? granted : (given: ServerResponse) => given.end('{}')))(res);
  });
  backend = await listen(server);
  app = await startApp(backend.url);
  ada = new Browser(app.url);
  await ada.login();
  exporter.reset();
});
afterEach(async () => {
  for (const other of others.splice(0)) await other.close();
  await app.close();
  await backend.close();
});

describe('without a provider', () => {
  test('a trace that the browser began goes on to the upstream as it came', async () => {
    const headers = { traceparent: TRACEPARENT, tracestate: 'a=b', baggage: BAGGAGE };
    await ada.call('/api/upstream/me', { headers });
    expect(received.get('/me')).toMatchObject(headers);
    expect(spans()).toEqual([]);
  });
});

describe('with a provider', () => {
  beforeAll(register);
  afterAll(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });

  test('a proxied call is a server span with a client span in it, which the upstream hears of', async () => {
    await ada.call('/api/upstream/me?secret=1', { headers: { traceparent: TRACEPARENT, baggage: BAGGAGE } });
    const server = await spanOf('GET /api/upstream/<path>');
    const client = await spanOf('GET upstream');
    expect([server.kind, client.kind]).toEqual([SpanKind.SERVER, SpanKind.CLIENT]);
    expect([server.spanContext().traceId, parentOf(server)]).toEqual([TRACE, CALLER]);
    expect(parentOf(client)).toBe(server.spanContext().spanId);
    expect(received.get('/me')).toMatchObject({
      traceparent: `00-${TRACE}-${client.spanContext().spanId}-01`,
      baggage: BAGGAGE,
    });
    expect(server.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/api/upstream/<path>',
      'url.path': '/api/upstream/me',
      'http.response.status_code': 200,
    });
    const { hostname, port } = new URL(backend.url);
    expect(client.attributes).toEqual({
      'http.request.method': 'GET',
      'url.path': '/me',
      'server.address': hostname,
      'server.port': Number(port),
      'http.response.status_code': 200,
    });
  });

  test('a refresh is one trace: the request, the refresh, the call of the issuer', async () => {
    await ada.refresh(1, { headers: { traceparent: TRACEPARENT, baggage: BAGGAGE } });
    const [server, refresh, call] = [
      await spanOf('POST /api/user'),
      await spanOf('refresh'),
      await spanOf('POST issuer'),
    ];
    expect(parentOf(server)).toBe(CALLER);
    expect(parentOf(refresh)).toBe(server.spanContext().spanId);
    expect(parentOf(call)).toBe(refresh.spanContext().spanId);
    expect(refresh.attributes).toMatchObject({
      'reseal.refresh.outcome': 'refreshed',
      'reseal.session.version': 1,
    });
    expect(call.attributes).toMatchObject({ 'url.path': '/auth/refresh', 'http.response.status_code': 200 });
    expect(received.get('/auth/refresh')?.['traceparent']).toBe(
      `00-${TRACE}-${call.spanContext().spanId}-01`,
    );
    // Baggage is between the app's own parts.
    expect(received.get('/auth/refresh')?.['baggage']).toBeUndefined();
  });

  test('a call that is answered with an expired token and refreshed here has two client spans', async () => {
    let calls = 0;
    answers.set('/me', (res) => {
      calls += 1;
      if (calls === 1) res.writeHead(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
      res.end('{}');
    });
    const headers = { 'Sec-Fetch-Site': 'same-origin', Cookie: ada.cookie };
    await fetch(`${app.url}/api/upstream/me`, { headers });
    const server = await spanOf('GET /api/upstream/<path>');
    const statuses = named('GET upstream').map(({ attributes }) => attributes['http.response.status_code']);
    expect(statuses).toEqual([401, 200]);
    expect(new Set([...named('GET upstream'), ...named('refresh')].map(parentOf))).toEqual(
      new Set([server.spanContext().spanId]),
    );
    // That an access token expires is no error.
    expect(new Set(spans().map(({ status }) => status.code))).toEqual(new Set([SpanStatusCode.UNSET]));
  });

  test('two requests of one connection are two traces', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let n = 0; n < 2; n += 1)
      await new Promise<void>((resolve, reject) => {
        const headers = { 'X-Reseal': '1', Cookie: ada.cookie };
        request(`${app.url}/api/upstream/me`, { agent, headers }, (res) => {
          ports.add(res.socket.localPort);
          res.resume().once('end', resolve);
        })
          .once('error', reject)
          .end();
      });
    agent.destroy();
    await until(() => named('GET /api/upstream/<path>').length === 2);
    expect(ports.size).toBe(1);
    expect(named('GET /api/upstream/<path>').map(parentOf)).toEqual([undefined, undefined]);
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(2);
  });

  test('the span of a request is a child of the one that its host made for it', async () => {
    const tracer = trace.getTracer('host');
    const answer = nodeListener(app.runtime.handle);
    const host = await listen(
      createServer((req, res) => {
        const span = tracer.startSpan('host');
        context.with(trace.setSpan(context.active(), span), () => void answer(req, res));
        res.once('close', () => span.end());
      }),
    );
    others.push(host);
    await new Browser(host.url).call('/api/user', { headers: { traceparent: TRACEPARENT } });
    expect(parentOf(await spanOf('GET /api/user'))).toBe((await spanOf('host')).spanContext().spanId);
  });

  test('an upstream that drops the connection is an error of both spans, with the code of what failed', async () => {
    answers.set('/me', (res) => void res.socket?.destroy());
    expect((await ada.call('/api/upstream/me')).status).toBe(502);
    const [server, client] = [await spanOf('GET /api/upstream/<path>'), await spanOf('GET upstream')];
    expect([server.status.code, client.status.code]).toEqual([SpanStatusCode.ERROR, SpanStatusCode.ERROR]);
    expect(server.attributes).toMatchObject({
      'error.type': 'upstream_unreachable',
      'http.response.status_code': 502,
    });
    expect(client.attributes['error.type']).toBe('UND_ERR_SOCKET');
    expect(client.attributes['http.response.status_code']).toBeUndefined();
  });

  test('a client that leaves is no error, before the answer and in the middle of it', async () => {
    const arrived = deferred<ServerResponse>();
    for (const [path, answer] of [
      ['/events', (res: ServerResponse) => arrived.resolve(res)],
      ['/notes', (res: ServerResponse) => void res.writeHead(200).write('half')],
    ] as const) {
      answers.set(path, answer);
      const leaving = new AbortController();
      const calling = ada.call(`/api/upstream${path}`, { signal: leaving.signal });
      if (path === '/events') await arrived.promise;
      else await calling;
      leaving.abort();
      await calling.catch(() => undefined);
    }
    await until(() => named('GET /api/upstream/<path>').length === 2 && named('GET upstream').length === 2);
    expect(spans().map(({ status }) => status.code)).toEqual([0, 0, 0, 0].map(() => SpanStatusCode.UNSET));
  });

  test('an answer that breaks off is an error of the request, whose span ends with it', async () => {
    const arrived = deferred<ServerResponse>();
    answers.set('/me', (res) => {
      res.writeHead(200).write('half');
      arrived.resolve(res);
    });
    const calling = ada.call('/api/upstream/me').then((response) => response.text());
    const upstream = await arrived.promise;
    await spanOf('GET upstream');
    expect(named('GET /api/upstream/<path>')).toEqual([]);
    upstream.destroy();
    await expect(calling).rejects.toThrow('terminated');
    expect((await spanOf('GET /api/upstream/<path>')).attributes['error.type']).toBe('answer_cut');
  });

  test('a refresh that fails is an error with its kind, and the call says what failed', async () => {
    answers.set('/auth/refresh', (res) => void res.socket?.destroy());
    expect((await ada.refresh(1)).status).toBe(503);
    expect((await spanOf('refresh')).attributes).toMatchObject({
      'reseal.refresh.outcome': 'transient',
      'error.type': 'transient',
    });
    expect((await spanOf('POST issuer')).attributes['error.type']).toBe('UND_ERR_SOCKET');
  });

  test('a refresh token that is refused is no error: the session is over', async () => {
    answers.set('/auth/refresh', (res) => void res.writeHead(400).end('{"error":"invalid_grant"}'));
    expect((await ada.refresh(1)).status).toBe(401);
    expect((await spanOf('refresh')).attributes['reseal.refresh.outcome']).toBe('ended');
    expect((await spanOf('refresh')).status.code).toBe(SpanStatusCode.UNSET);
  });

  test('no span holds a token, a cookie, a query, a password or a name', async () => {
    await new Browser(app.url).login();
    await ada.call('/api/upstream/me?secret=1&token_expired_at=1');
    await ada.call('/api/user?secret=1');
    await ada.refresh(1);
    await ada.logout();
    await spanOf('POST /api/logout');
    expect(new Set(spans().map(({ name }) => name))).toEqual(
      new Set(['POST /api/login', 'GET /api/upstream/<path>', 'GET upstream', 'GET /api/user', 'POST /api/user', 'refresh', 'POST issuer', 'POST /api/logout']),
    ); // prettier-ignore
    const text = JSON.stringify(spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }))); // prettier-ignore
    expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([]);
  });

  test('an instrumentation of undici adds no second span and no second traceparent', async () => {
    const tracer = trace.getTracer('undici');
    const seen: string[] = [];
    // What @opentelemetry/instrumentation-undici does.
    const instrument = (message: unknown) => {
      const { request: made } = message as { request: { addHeader(name: string, value: string): void } };
      const span = tracer.startSpan('undici');
      const headers: Record<string, string> = {};
      propagation.inject(trace.setSpan(context.active(), span), headers);
      seen.push(JSON.stringify(headers));
      for (const [name, value] of Object.entries(headers)) made.addHeader(name, value);
      span.end();
    };
    diagnostics.subscribe('undici:request:create', instrument);
    await ada.call('/api/upstream/me');
    await ada.refresh(1);
    diagnostics.unsubscribe('undici:request:create', instrument);
    // The browser of this test is an undici too.
    expect(seen).toHaveLength(4);
    expect(named('undici')).toHaveLength(2);
    for (const path of ['/me', '/auth/refresh'])
      expect(received.get(path)?.['traceparent']).toMatch(/^00-\w{32}-\w{16}-01$/);
  });

  test('calls of a provider have spans below the request that needed them', async () => {
    const oidc = await startOidcApp();
    others.push(oidc);
    const person = new OidcPerson(oidc.url, oidc.provider.url);
    await person.login();
    exporter.reset();
    await person.app.refresh(1);
    const call = await spanOf('POST issuer');
    expect(call.attributes).toMatchObject({ 'url.path': '/token', 'http.response.status_code': 200 });
    expect(parentOf(call)).toBe((await spanOf('refresh')).spanContext().spanId);
  });
});
