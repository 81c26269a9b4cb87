import { composeServer } from '../../../server/composeServer.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { grantingIssuer, pairOf, startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

/** A shorter piece than this is no piece of a token but a word. */
const PIECE = 12;
/** Every letter of these is unlike anything that a server says. */
const canaries = {
  access1: 'qZ7aCcEsS0nEw8xKq3vJm5tRy2uLp9dHf4gBs6',
  refresh1: 'wX8rEfReS0nEk7yMh3nVb5cDz2xSa9qWe4rTy6',
  access2: 'jU9aCcEsStWo7iKo3pLm5nBv2cXz8aSd4fGh6j',
  refresh2: 'hY6rEfReStWo5tGb3vFr4cDe2xSw8zAq1nMk7u',
  access3: 'kI8aCcEsStHr7eEp3oLi5uYt2rEw9qAs4dFg6h',
  refresh3: 'lO9rEfReStHr8eEi3uYt5rEw2qPo7iUy4tRe6w',
  password: 'pAsSwOrDcAnArY9nobodyWouldSayThis',
};

/** Everything that came out of the server, by where. */
const heard = new Map<string, string[]>();
const hear = (where: string, text: string) => heard.set(where, [...(heard.get(where) ?? []), text]);

/** A browser that remembers all it was told, but for the sealed cookie, which is its to keep. */
class Listener extends Browser {
  override async call(...given: Parameters<Browser['call']>): Promise<Response> {
    const response = await super.call(...given);
    const headers = [...response.headers].filter(([name]) => name !== 'set-cookie');
    const cookies = response.headers.getSetCookie().filter((line) => !/^reseal(\.\d)?=/.test(line));
    hear('headers', JSON.stringify(headers));
    hear('hint', cookies.join('\n'));
    hear(
      'bodies',
      await response
        .clone()
        .text()
        .catch(() => ''),
    );
    return response;
  }
}

function piecesOf(secret: string): string[] {
  return Array.from({ length: secret.length - PIECE + 1 }, (_, at) => secret.slice(at, at + PIECE));
}

/** What was heard that should not have been: where, and which piece; found by a window of letters. */
function leaks(secrets: Readonly<Record<string, string>>): string[] {
  const found: string[] = [];
  for (const [where, texts] of heard) {
    const all = texts.join('\n');
    for (const [name, secret] of Object.entries(secrets)) {
      const forms = {
        plain: secret,
        base64: Buffer.from(secret).toString('base64url'),
        hex: Buffer.from(secret).toString('hex'),
      };
      for (const [form, text] of Object.entries(forms))
        if (piecesOf(text).some((piece) => all.includes(piece))) found.push(`${where}: ${name} (${form})`);
    }
  }
  return found;
}

let app: SignedInApp | AppWithUpstream | undefined;
beforeEach(() => heard.clear());
afterEach(async () => {
  await app?.close();
  app = undefined;
});

test('the search itself finds a piece of twelve letters, and no shorter one', () => {
  hear('here', `…${canaries.access1.slice(5, 17)}…`);
  expect(leaks(canaries)).toEqual(['here: access1 (plain)']);
  heard.clear();
  hear('here', canaries.access1.slice(5, 16));
  expect(leaks(canaries)).toEqual([]);
});

test('no token, no piece of one, no password and no cookie value is in any answer, log, metric or hint', async () => {
  const { access1, access2, access3, refresh1, refresh2, refresh3, password } = canaries;
  const pairs = [
    pairOf({ accessToken: access2, refreshToken: refresh2 }),
    pairOf({ accessToken: access3, refreshToken: refresh3 }),
  ];
  const failure = new Error(`The issuer choked on "${refresh1}" and ${access1}`, {
    cause: { token: refresh1 },
  });
  const received: string[] = [];
  const current = await startSignedInApp(
    (req, res) => {
      received.push(req.headers.authorization ?? '');
      if (req.url?.includes('drop')) return void req.socket.destroy();
      if (req.url?.includes('garble'))
        return void req.socket.end(`HTTP/1.1 banana ${req.headers.authorization}\r\n\r\n`);
      res.writeHead(req.url?.includes('401') ? 401 : 200).end(Buffer.from('{}'));
    },
    {
      parts: {
        // Stands still, so that what is tried again behind our back is not waited for.
        clock: new FakeClock(),
        issuer: grantingIssuer({
          login: async ({ username }) => {
            if (username === 'nobody') return { kind: 'refused' };
            if (username === 'down') return { kind: 'transient', cause: failure, retryAfterMs: null };
            if (username === 'wrong') return { kind: 'client refused', cause: failure };
            if (username === 'broken') throw failure;
            const pair = pairOf({ accessToken: access1, refreshToken: refresh1 });
            return { kind: 'granted', pair, user: { id: 'ada', name: 'Ada' } };
          },
          refresh: async () => {
            const pair = pairs.shift();
            return pair
              ? { kind: 'granted', pair }
              : { kind: 'transient', cause: failure, retryAfterMs: null };
          },
          revoke: async () => {
            throw failure;
          },
        }),
      },
    },
  );
  app = current;

  const ada = new Listener(current.url);
  const login = (username: string) =>
    ada.call('/api/login', { method: 'POST', json: { username, password } });
  const seals: string[] = [];
  const keep = () => seals.push(ada.jar.get('reseal') ?? '');
  for (const username of ['nobody', 'down', 'wrong', 'broken', 'ada']) await login(username);
  keep();
  const traffic = async () => {
    for (const path of [
      '/api/upstream/notes',
      '/api/user',
      '/api/upstream/notes/401',
      '/api/upstream/notes/drop',
      '/api/upstream/notes/garble',
      '/api/upstream/nowhere',
      '/api/upstream/notes/..%2f',
      '/api/health?ready',
      '/api/metrics',
    ])
      // prettier-ignore
      for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) await ada.call(path, { method });
    for (const body of ['{', `{"token":"${access1}"}`, access1])
      await ada.call('/api/user', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
    await ada.whoAmI({ headers: { 'X-Reseal': 'someone-else' } });
    await ada.whoAmI({ cookie: `reseal=${(seals[0] ?? '').slice(0, -9)}AAAAAA~2` });
    await ada.call('/api/upstream/notes', {
      headers: { Authorization: `Bearer ${access1}`, 'X-Request-Id': access1.slice(0, 5) },
    });
  };
  await traffic();
  keep();
  expect((await ada.refresh(2)).status).toBe(200);
  keep();
  await traffic();
  expect((await ada.refresh(3)).status).toBe(503);
  await ada.logout({ everywhere: true });
  await ada.whoAmI({ cookie: `reseal=${seals[1]}` });
  await login('ada');
  keep();

  hear('log', current.logged());
  hear('metrics', await current.runtime.metrics.registry.metrics());
  // Next would put page data into the HTML.
  const { readPageSession } = await import('../../../server/adapters/pageProps.ts');
  hear(
    'page',
    JSON.stringify(await readPageSession({ headers: { cookie: ada.cookie } } as never, current.runtime)),
  );

  expect(received).toEqual(
    expect.arrayContaining([access1, access2, access3].map((token) => `Bearer ${token}`)),
  );
  expect([...heard.keys()].toSorted()).toEqual(['bodies', 'headers', 'hint', 'log', 'metrics', 'page']);
  expect(heard.get('bodies')?.length).toBeGreaterThan(80);
  expect(current.logged().split('\n').length).toBeGreaterThan(60);
  expect(leaks(canaries)).toEqual([]);
  expect(leaks(Object.fromEntries(seals.map((seal, at) => [`seal ${at}`, seal])))).toEqual([]);
  expect(current.logged()).not.toMatch(/lovelace|Fe26|password|Bearer/);
});

test('nor does anything of the embedded upstream’s own tokens come out', async () => {
  const current = await startAppWithUpstream();
  app = current;
  const ada = new Listener(current.url);
  await ada.login();
  const { runtime } = current;
  const secrets: Record<string, string> = {};
  const learn = async (when: string) => {
    const seal = await composeServer(runtime.settings, { log: runtime.log }).cookies.open(ada.cookie);
    Object.assign(secrets, {
      [`${when} access`]: seal?.pair.accessToken.split('.').slice(1).join('.'),
      [`${when} refresh`]: seal?.pair.refreshToken,
      [`${when} box key`]: seal?.boxKey,
    });
  };
  await learn('first');
  current.upstream.setOptions({ faults: { refresh: [{ kind: 'html', times: 1 }, { kind: 'truncatedJson', times: 1 }, { kind: 'emptyBody', times: 1 }] } }); // prettier-ignore
  for (let tries = 0; tries < 3; tries += 1) await ada.refresh(1);
  current.upstream.setOptions({ faults: { refresh: [] } });
  for (const path of [
    'me',
    'echo',
    'echo/set-cookie',
    'echo/insufficient',
    'notes',
    'notes/none',
    'echo/html',
  ])
    await ada.call(`/api/upstream/${path}`);
  current.upstream.expireAccessTokens();
  await ada.call('/api/upstream/me');
  await ada.logout();
  hear('log', current.logged());
  hear('metrics', await runtime.metrics.registry.metrics());
  expect(Object.keys(secrets)).toHaveLength(3);
  expect(leaks(secrets)).toEqual([]);
});
