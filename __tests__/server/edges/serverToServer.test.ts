import { getIronSession, type IronSession } from 'iron-session';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { json } from '../../../server/http/problem.ts';
import { createRouter, type Route as ApiRoute } from '../../../server/http/router.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import type { Handler } from '../../../server/http/exchange.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { listen, type Listening } from '../../support/listen.ts';
import { serve as serveHandler } from '../../support/signedInApp.ts';

/**
 * The article's open question: can another API route read the seal when a *server* calls it? Its author saw
 * `req.session` undefined and let the browser call `/api/user` instead. Two tiny routes over iron-session answer it.
 */
interface Data {
  count?: number;
}

const options = {
  cookieName: 'seal',
  password: 'a-password-of-thirty-two-letters-or-more',
  cookieOptions: { secure: false },
};
const listening: Listening[] = [];
afterEach(async () => void (await Promise.all(listening.splice(0).map(({ close }) => close()))));

type Route = (session: IronSession<Data>, req: IncomingMessage, res: ServerResponse) => Promise<unknown>;
const serve = async (route: Route): Promise<string> => {
  const run = async (req: IncomingMessage, res: ServerResponse) =>
    res.end(JSON.stringify(await route(await getIronSession<Data>(req, res, options), req, res)));
  const listener: RequestListener = (req, res) => void run(req, res);
  const server = await listen(createServer(listener));
  listening.push(server);
  return server.url;
};

/** Says what it reads; `?add` counts one more and saves. */
const inner = () =>
  serve(async (session, req) => {
    if (req.url?.includes('add')) {
      session.count = (session.count ?? 0) + 1;
      await session.save();
    }
    return { count: session.count ?? null };
  });

describe('an API route that a server calls', () => {
  let innerUrl: string;
  let browser: Browser;
  beforeEach(async () => {
    innerUrl = await inner();
    browser = new Browser(innerUrl);
    await browser.call('/?add');
    expect(await (await browser.call('/')).json()).toEqual({ count: 1 });
  });

  /** Calls the inner route from an outer one, as the article did, and answers what the inner one said. */
  const through = async (
    call: (req: IncomingMessage, res: ServerResponse, session: IronSession<Data>) => Promise<Response>,
  ) => {
    const url = await serve(async (session, req, res) => (await call(req, res, session)).json());
    const outer = new Browser(url);
    browser.jar.forEach((value, name) => outer.jar.set(name, value));
    return { outer, said: await (await outer.call('/')).json() };
  };
  const seen = async ({ jar }: Browser) => {
    const direct = new Browser(innerUrl);
    jar.forEach((value, name) => direct.jar.set(name, value));
    return (await direct.call('/')).json();
  };

  test('sees no session: the browser’s cookie is not on the server’s call', async () => {
    expect((await through(() => fetch(innerUrl))).said).toEqual({ count: null });
  });

  test('reads the seal when the cookie is forwarded: any route with the password can', async () => {
    const { said } = await through((req) =>
      fetch(innerUrl, { headers: { cookie: req.headers.cookie ?? '' } }),
    );
    expect(said).toEqual({ count: 1 });
  });

  test('saves into nowhere: its Set-Cookie ends at the server that called', async () => {
    const { outer, said } = await through((req) =>
      fetch(`${innerUrl}?add`, { headers: { cookie: req.headers.cookie ?? '' } }),
    );
    expect(said).toEqual({ count: 2 });
    expect(await seen(outer)).toEqual({ count: 1 });
  });

  test('is heard by the browser when its Set-Cookie is forwarded too', async () => {
    const { outer } = await through(async (req, res) => {
      const answer = await fetch(`${innerUrl}?add`, { headers: { cookie: req.headers.cookie ?? '' } });
      res.setHeader('Set-Cookie', answer.headers.getSetCookie());
      return answer;
    });
    expect(await seen(outer)).toEqual({ count: 2 });
  });

  test('is undone by the outer route’s own save, which is older and comes last', async () => {
    const { outer, said } = await through(async (req, res, session) => {
      const answer = await fetch(`${innerUrl}?add`, { headers: { cookie: req.headers.cookie ?? '' } });
      res.setHeader('Set-Cookie', answer.headers.getSetCookie());
      await session.save();
      return answer;
    });
    expect(said).toEqual({ count: 2 });
    expect(await seen(outer)).toEqual({ count: 1 });
  });
});

describe('with this server', () => {
  let app: AppWithUpstream;
  let ada: Browser;
  beforeEach(async () => {
    app = await startAppWithUpstream();
    ada = new Browser(app.url);
  });
  afterEach(() => app.close());

  /** Serves a route of the app's own with Reseal's guards. */
  async function serveOwn(handlers: Record<string, Handler>): Promise<Listening> {
    const route: ApiRoute = { handlers };
    const { log, originOf } = app.runtime;
    const handle = createRouter({ find: () => route, originOf, log });
    const server = await serveHandler(handle);
    listening.push(server);
    return server;
  }

  test('a login seals a cookie that a route of one’s own reads back, as withIronSessionApiRoute once did', async () => {
    const browser = new Browser(app.url);
    const { session } = await browser.login();
    const own = await serveOwn({
      GET: app.runtime.withSession((_exchange, found) =>
        json({ who: found.seal.user.name, version: found.version }),
      ),
    });
    const reader = new Browser(own.url);
    expect(await codeOf(await reader.call('/'))).toBe('no_session');
    browser.jar.forEach((value, name) => reader.jar.set(name, value));
    const response = await reader.call('/', { headers: { 'X-Reseal': session.id } });
    expect(await response.json()).toEqual({ who: 'Ada Lovelace', version: 1 });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('a wrong method costs no unsealing, and what a handler throws is a problem document', async () => {
    const { sealsRejected } = app.runtime.metrics;
    const fail = (): never => {
      throw new Error('canary-in-a-message');
    };
    const own = await serveOwn({
      POST: app.runtime.withSession(fail),
      PUT: async () => fail(),
    });
    const browser = new Browser(own.url);
    expect((await browser.call('/', { method: 'DELETE', cookie: 'reseal=garbage' })).status).toBe(405);
    expect((await sealsRejected.get()).values[0]?.value).toBe(0);
    await ada.login();
    const thrown = await browser.call('/', { method: 'POST', cookie: ada.cookie });
    expect([thrown.status, await codeOf(thrown)]).toEqual([500, 'internal_error']);
    const late = await browser.call('/', { method: 'PUT' });
    expect([await codeOf(late), late.headers.getSetCookie()]).toEqual(['internal_error', []]);
    expect(app.logged()).not.toContain('canary');
    expect(app.logged()).toContain('a request failed on our side');
  });

  test('a handler that fails when it has begun to answer cuts the connection: half is not passed for whole', async () => {
    async function* half() {
      yield 'half';
      throw new Error('x');
    }
    const own = await serveOwn({
      GET: async () => ({
        status: 200,
        headers: { 'Content-Length': '100' },
        body: Readable.from(half()),
      }),
    });
    await expect(new Browser(own.url).call('/').then((response) => response.text())).rejects.toThrow();
  });

  test('a server of ours that forwards the cookie may ask who is signed in, and writes nothing', async () => {
    const { session } = await ada.login();
    const headers = { cookie: ada.cookie, 'X-Reseal': '1' };
    const response = await fetch(`${app.url}/api/user`, { headers });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await infoOf(response)).session.id).toBe(session.id);
    expect(await codeOf(await fetch(`${app.url}/api/user`, { headers: { 'X-Reseal': '1' } }))).toBe(
      'no_session',
    );
  });

  test('a refresh that a server asked for, its Set-Cookie lost, costs no one their session', async () => {
    await ada.login();
    await fetch(`${app.url}/api/user`, {
      method: 'POST',
      headers: { cookie: ada.cookie, 'X-Reseal': '1' },
    });
    expect((await infoOf(await ada.whoAmI())).session.version).toBe(2);
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    expect(app.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
  });
});
