import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import axios, { isCancel, type AxiosAdapter, type AxiosError, type AxiosInstance } from 'axios';
import { parseHint } from '../../contract/hint.ts';
import { attachStepUp, type StepUpRequest } from '../../interceptors/browser/stepUp.ts';
import { createReauth } from '../../interceptors/reauth.ts';
import type { Reauth } from '../../interceptors/reauthOptions.ts';
import { infoOf, type Browser } from '../../testing/browser.ts';
import { until } from '../../testing/until.ts';
import { deferred, settled } from '../../interceptors/testing/deferred.ts';
import { grantingIssuer, pairOf, startSignedInApp, type SignedInApp } from '../support/signedInApp.ts';

/* The interceptor beside the engine, over real sockets through the proxy. A page's cookies are the test's jar. */

const DEMAND = 'Bearer error="insufficient_user_authentication", acr_values="gold", max_age="60"';

interface Arrival {
  readonly method: string;
  readonly authorization: string;
  readonly body: string;
}

let app: SignedInApp;
let arrivals: Arrival[];
let done: number;
/** What the upstream answers a write with; `null` lets it pass. */
let demand: (request: IncomingMessage) => string | null;
const dead = new Set<string>();
const engines: Reauth[] = [];

beforeEach(async () => {
  [arrivals, done, demand] = [[], 0, () => DEMAND];
  dead.clear();
  app = await startSignedInApp(
    async (req, res) => {
      const { authorization = '' } = req.headers;
      arrivals.push({ method: req.method ?? '', authorization, body: (await buffer(req)).toString() });
      const challenge = dead.has(authorization) ? 'Bearer error="invalid_token"' : demand(req);
      if (challenge !== null)
        return void res.writeHead(401, { 'WWW-Authenticate': challenge }).end('{"a":1}');
      done += 1;
      res.writeHead(204).end();
    },
    { parts: { issuer: grantingIssuer({ refresh: async () => ({ kind: 'granted', pair: pairOf() }) }) } },
  );
});
afterEach(async () => {
  for (const engine of engines.splice(0)) engine.dispose();
  await app.close();
});

type Authenticate = (request: StepUpRequest) => Promise<boolean>;

/** A page of this browser: its axios instance, with the engine and the interceptor in either order. */
function openPage(authenticate: Authenticate, browser: Browser = app.ada, isFirst = false): AxiosInstance {
  const send = axios.getAdapter('http');
  const http = axios.create({
    baseURL: `${browser.origin}/api/upstream`,
    adapter: (config) => {
      config.headers.set('Cookie', browser.cookie);
      return send(config);
    },
  });
  const engine: Reauth = createReauth({
    refresh: async ({ staleVersion }) => infoOf(await browser.refresh(staleVersion)),
    readHint: () => parseHint(browser.cookie),
  });
  engines.push(engine);
  if (isFirst) attachStepUp(http, { authenticate });
  engine.attach(http);
  if (!isFirst) attachStepUp(http, { authenticate });
  return http;
}

/** The person logs in again: the upstream is content. */
const agrees = async (): Promise<boolean> => {
  demand = () => null;
  return true;
};

describe.each([
  ['attached after the engine', false],
  ['attached before the engine', true],
])('a step-up %s', (_, isFirst) => {
  test('is asked for with what the API demands, and sends the request exactly once more, with the same bytes', async () => {
    const asked: StepUpRequest[] = [];
    const http = openPage(async (request) => {
      asked.push(request);
      return agrees();
    }, app.ada, isFirst); // prettier-ignore
    let transforms = 0;
    const data = { text: 'a' };
    const sending = http.patch('/notes', data, {
      transformRequest: (body: object, headers) => {
        transforms += 1;
        headers.set('Content-Type', 'application/json');
        return JSON.stringify(body);
      },
    });
    data.text = 'changed';
    expect((await sending).status).toBe(204);
    const { id } = parseHint(app.ada.cookie)!;
    expect(asked).toEqual([
      { acrValues: ['gold'], maxAge: 60, sessionId: id, signal: expect.any(AbortSignal) },
    ]);
    expect(arrivals.map(({ body }) => body)).toEqual([arrivals[0]!.body, arrivals[0]!.body]);
    expect([done, transforms]).toEqual([1, 1]);
  });

  test('that is declined, or fails, gives the request its own 401: the very error', async () => {
    for (const decline of [async () => false, async () => Promise.reject(new Error('closed'))]) {
      const http = openPage(decline, app.ada, isFirst);
      const error = (await http.delete('/notes').catch((thrown: unknown) => thrown)) as AxiosError;
      expect([error.response?.status, error.response?.data]).toEqual([401, { a: 1 }]);
      expect(error.response?.headers['www-authenticate']).toBe(DEMAND);
    }
    expect([arrivals.length, done]).toEqual([2, 0]);
  });

  test('is asked for once: a second demand is the answer, and there is no loop', async () => {
    let asked = 0;
    const http = openPage(async () => ++asked > 0, app.ada, isFirst);
    const error = (await http.delete('/notes').catch((thrown: unknown) => thrown)) as AxiosError;
    expect([error.response?.status, asked, arrivals.length]).toEqual([401, 1, 2]);
  });

  test('of a request whose token dies while it waits refreshes it, and does it once', async () => {
    const http = openPage(async () => {
      dead.add(arrivals[0]!.authorization);
      return agrees();
    }, app.ada, isFirst); // prettier-ignore
    expect((await http.delete('/notes')).status).toBe(204);
    expect([done, arrivals.length]).toEqual([1, 3]);
  });

  test('is asked for once, also where the token dies in between', async () => {
    let asked = 0;
    const http = openPage(async () => {
      dead.add(arrivals[0]!.authorization);
      return ++asked > 0;
    }, app.ada, isFirst); // prettier-ignore
    const error = (await http.delete('/notes').catch((thrown: unknown) => thrown)) as AxiosError;
    expect([error.response?.status, asked, arrivals.length, done]).toEqual([401, 1, 3, 0]);
  });

  test('never sends the request under another person, who logged in instead', async () => {
    const http = openPage(async () => {
      await app.ada.login('grace');
      return agrees();
    }, app.ada, isFirst); // prettier-ignore
    const error = (await http.delete('/notes').catch((thrown: unknown) => thrown)) as AxiosError;
    expect([error.code, error.response?.status, done]).toEqual(['ERR_SESSION_CHANGED', 409, 0]);
  });

  test('is not asked for where the body can be read only once', async () => {
    let asked = 0;
    const http = openPage(async () => ++asked > 0, app.ada, isFirst);
    const error = (await http
      .put('/notes', Readable.from('a'))
      .catch((thrown: unknown) => thrown)) as AxiosError;
    expect([error.response?.status, asked, arrivals.length]).toEqual([401, 0, 1]);
  });

  test.each([
    ['by a signal', true],
    ['by a cancel token', false],
  ])(
    'lets a request go at once that its caller aborts %s, and is over once none waits',
    async (__, bySignal) => {
      const asked = deferred<StepUpRequest>();
      const http = openPage((request) => {
      asked.resolve(request);
      return new Promise<boolean>(() => undefined);
    }, app.ada, isFirst); // prettier-ignore
      const [controller, source] = [new AbortController(), axios.CancelToken.source()];
      const config = bySignal ? { signal: controller.signal } : { cancelToken: source.token };
      const failure = http.delete('/notes', config).catch((thrown: unknown) => thrown);
      const { signal } = await asked.promise;
      if (bySignal) controller.abort();
      else source.cancel();
      expect(isCancel(await failure)).toBe(true);
      expect([signal.aborted, arrivals.length]).toEqual([true, 1]);
      // A later request asks anew, though the app never answered.
      demand = () => null;
      expect((await http.delete('/notes')).status).toBe(204);
    },
  );
});

describe('requests that wait for a step-up together', () => {
  test('ask once for equal demands, each is sent again once, and an aborted one is not', async () => {
    const [asked, answer] = [deferred<null>(), deferred<boolean>()];
    let questions = 0;
    const http = openPage(() => {
      questions += 1;
      asked.resolve(null);
      return answer.promise;
    });
    const controller = new AbortController();
    const aborted = http.delete('/notes', { signal: controller.signal }).catch(isCancel);
    const others = Promise.all(Array.from({ length: 5 }, () => http.delete('/notes')));
    await asked.promise;
    await until(() => arrivals.length === 6);
    controller.abort();
    expect(await aborted).toBe(true);
    await agrees();
    answer.resolve(true);
    expect((await others).map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
    expect([questions, done, arrivals.length]).toEqual([1, 5, 11]);
  });

  test('are asked about once, also where a refusal arrives after the person has agreed', async () => {
    const late = deferred<null>();
    let questions = 0;
    const http = openPage(async () => {
      questions += 1;
      return agrees();
    });
    const send = http.defaults.adapter as AxiosAdapter;
    const adapter: AxiosAdapter = async (config) => {
      const answer = send(config);
      await answer.catch(() => late.promise);
      return answer;
    };
    const slow = http.delete('/notes', { adapter });
    await until(() => arrivals.length === 1);
    await http.delete('/notes');
    late.resolve(null);
    expect((await slow).status).toBe(204);
    expect([questions, done, arrivals.length]).toEqual([1, 2, 4]);
  });

  test('ask one after the other for different demands', async () => {
    demand = ({ method }) => (method === 'DELETE' ? DEMAND : DEMAND.replace('gold', 'silver'));
    let open = 0;
    const asked: string[] = [];
    const http = openPage(async ({ acrValues }) => {
      expect(++open).toBe(1);
      asked.push(acrValues.join());
      await until(() => arrivals.length === 3);
      await settled();
      open -= 1;
      return false;
    });
    await Promise.allSettled([http.delete('/notes'), http.patch('/notes', {}), http.delete('/notes')]);
    expect(asked.sort()).toEqual(['gold', 'silver']);
  });
});

test('a request whose 401 is its answer, or that names no session, asks for no step-up', async () => {
  let asked = 0;
  const http = openPage(async () => ++asked > 0);
  await expect(http.delete('/notes', { reauth: false })).rejects.toMatchObject({ response: { status: 401 } });
  const bare = axios.create({ adapter: http.defaults.adapter!, headers: { 'X-Reseal': '1' } });
  attachStepUp(bare, { authenticate: async () => ++asked > 0 });
  const url = `${app.url}/api/upstream/notes`;
  await expect(bare.delete(url)).rejects.toMatchObject({ response: { status: 401 } });
  expect([asked, arrivals.length]).toEqual([0, 2]);
});

test('an answer that the caller accepts whatever its status is stays that answer where the person declines', async () => {
  const http = openPage(async () => false);
  const response = await http.delete('/notes', { validateStatus: () => true });
  expect([response.status, arrivals.length]).toEqual([401, 1]);
});

test('a request that was aborted before its refusal came waits for no one', async () => {
  const http = openPage(() => new Promise<boolean>(() => undefined));
  const controller = new AbortController();
  const send = http.defaults.adapter as AxiosAdapter;
  const adapter: AxiosAdapter = async (config) => {
    const answer = await send({ ...config, signal: undefined } as unknown as typeof config).catch(
      (error: AxiosError) => error.response!,
    );
    controller.abort();
    return answer;
  };
  expect(await http.delete('/notes', { adapter, signal: controller.signal }).catch(isCancel)).toBe(true);
});

test('the wait for the person does not count against the timeout of the request', async () => {
  const http = openPage(async () => {
    await new Promise((passed) => setTimeout(passed, 300));
    return agrees();
  });
  expect((await http.delete('/notes', { timeout: 200 })).status).toBe(204);
});

test('an instance that is served no longer asks nothing', async () => {
  const http = axios.create();
  attachStepUp(http, { authenticate: async () => true })();
  expect((http.interceptors.request as unknown as { handlers: unknown[] }).handlers.filter(Boolean)).toEqual(
    [],
  );
});
