/** @jest-environment node */
import { createHash } from 'node:crypto';
import { call, closeAll, logIn, startUpstream, statusOf } from './person.ts';

afterEach(closeAll);

const signedIn = async () => {
  const upstream = await startUpstream();
  const ada = await logIn(upstream);
  return (path: string, init?: RequestInit) => call(upstream, ada, path, init);
};

it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
  'tells what arrived with %s, but never the token',
  async (method) => {
    const echo = await signedIn();
    const bytes = new Uint8Array([0, 255, 13, 10]);
    const answer = await echo('/echo/a%20b?x=1&x=2', { method, body: bytes, headers: { 'x-mine': 'yes' } });
    const text = await answer.text();

    expect(JSON.parse(text)).toMatchObject({
      method,
      url: '/echo/a%20b?x=1&x=2',
      headers: { authorization: true, 'x-mine': 'yes' },
      body: { length: 4, sha256: createHash('sha256').update(bytes).digest('base64') },
      userId: 'user-ada',
    });
    expect(text).not.toContain('Bearer');
  },
);

it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain'])(
  'never parses a body of type %s',
  async (type) => {
    const echo = await signedIn();
    const answer = await echo('/echo', {
      method: 'POST',
      body: '{broken',
      headers: { 'content-type': type },
    });

    expect(await answer.json()).toMatchObject({ body: { length: 7 }, headers: { 'content-type': type } });
  },
);

it('answers HEAD and OPTIONS, and GET without a body', async () => {
  const echo = await signedIn();

  expect(await statusOf(echo('/echo', { method: 'HEAD' }))).toBe(200);
  expect(await (await echo('/echo/x', { method: 'OPTIONS' })).json()).toMatchObject({ method: 'OPTIONS' });
  expect(await (await echo('/echo')).json()).toMatchObject({ body: { length: 0 } });
});

it('answers like a backend that a proxy has to be careful with', async () => {
  const echo = await signedIn();

  expect(await statusOf(echo('/echo/forbidden'))).toBe(403);
  const insufficient = await echo('/echo/insufficient');
  expect(insufficient.status).toBe(401);
  expect(insufficient.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope"');
  const redirect = await echo('/echo/redirect');
  expect(redirect.status).toBe(302);
  expect(redirect.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/echo\/landed$/);
  const html = await echo('/echo/html');
  expect(html.headers.get('content-type')).toContain('text/html');
  expect(await html.text()).toContain('<script>');
  expect((await echo('/echo/set-cookie')).headers.getSetCookie()).toHaveLength(2);
  expect(await statusOf(echo('/echo/status?code=418'))).toBe(418);
  expect(await (await echo('/echo/slow?ms=1')).json()).toEqual({ ms: 1 });
});

it.each([0, 1, 65_536, 1_000_001])('streams %i bytes', async (count) => {
  const echo = await signedIn();

  expect((await (await echo(`/echo/bytes?n=${count}`)).arrayBuffer()).byteLength).toBe(count);
});

it('is for bearers only', async () => {
  const upstream = await startUpstream();

  expect(await statusOf(fetch(`${upstream.url}/echo`))).toBe(401);
  expect(upstream.stats()).toMatchObject({ apiCalls: 1, apiUnauthorized: 1 });
});
