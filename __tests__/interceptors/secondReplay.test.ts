import axios from 'axios';
import { createReauth } from '../../interceptors/reauth.ts';
import type { RefreshCall } from '../../interceptors/reauthOptions.ts';
import { asksAgain, type State } from '../../interceptors/refreshMachine.ts';
import { createTabs } from '../../interceptors/testing/tabs.ts';
import { refuseToken, startWireBackend, type WireBackend } from '../support/wireBackend.ts';

let backend: WireBackend;
beforeEach(async () => void (backend = await startWireBackend()));
afterEach(() => backend.close());

function attached() {
  const http = axios.create({ baseURL: backend.url });
  const reauth = createReauth({
    refresh: async ({ staleVersion, signal }: RefreshCall) =>
      (await axios.post(`${backend.url}/refresh`, { staleVersion }, { signal })).data,
  });
  reauth.attach(http);
  const send = (path: string) =>
    http.get<string>(path).then(
      ({ data }) => data,
      ({ code, response }) => `${code} ${response?.status}`,
    );
  return { http, reauth, send };
}
/** The token dies before this request is answered. */
const dies = (version: number) => (res: Parameters<typeof refuseToken>[0]) => {
  backend.expire();
  refuseToken(res, version);
};

describe('over a real socket', () => {
  test('the engine refreshes again when the token of the replay outlived its known life (P15)', async () => {
    backend.lifeMs = 1;
    backend.next(dies(1), dies(2), dies(3));
    const { send } = attached();
    expect(await send('/a')).toBe('/a');
    expect([backend.refreshes, backend.version]).toEqual([3, 4]);
  });

  test('the engine refreshes again when the replay’s 401 names a newer version than the replay was sent with', async () => {
    backend.next(dies(1), dies(7));
    const { send } = attached();
    expect(await send('/a')).toBe('/a');
    expect(backend.refreshes).toBe(2);
  });

  test('the engine replays again at once when another request refreshed while the replay travelled', async () => {
    let answerReplay = () => {};
    let replayArrived = () => {};
    const replay = new Promise<void>((resolve) => (replayArrived = resolve));
    backend.next(dies(1), (res) => {
      answerReplay = () => refuseToken(res, 2);
      replayArrived();
    });
    const { send, reauth } = attached();
    const slow = send('/slow');
    await replay;
    await reauth.refresh(); // version 3
    answerReplay();
    expect(await slow).toBe('/slow');
    expect(backend.refreshes).toBe(2);
  });

  test('a second 401 about a token that should still be alive is the answer, and costs no second refresh', async () => {
    backend.next(dies(1), dies(2));
    const { send } = attached();
    expect(await send('/a')).toBe('ERR_BAD_REQUEST 401');
    expect(backend.refreshes).toBe(1);
  });

  test('a second 401 is the answer where the issuer never said how long a token lives', async () => {
    backend.lifeMs = null;
    backend.next(dies(1), dies(2));
    expect(await attached().send('/a')).toBe('ERR_BAD_REQUEST 401');
    expect(backend.refreshes).toBe(1);
  });

  test('a request whose every token dies is replayed eight times, then its 401 is the answer', async () => {
    backend.lifeMs = 1;
    backend.next(...Array.from({ length: 20 }, (_, at) => dies(at + 1)));
    expect(await attached().send('/a')).toBe('ERR_BAD_REQUEST 401');
    expect(backend.arrived).toHaveLength(9);
  });
});

test('the 401 of a replay asks again only within the budget of the first 401', async () => {
  const { backend: fake, clock, tabs } = createTabs(1, { limits: { refreshMs: 10_000 } });
  const { send, http } = tabs[0]!;
  const { adapter } = fake;
  let trips = 0;
  http.defaults.adapter = async (config) => {
    // Each answer takes six seconds, and each token dies on the way.
    trips += 1;
    fake.expire();
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 6000));
    return adapter(config);
  };
  fake.setLife(1);
  const outcome = send('/a');
  await clock.advance(60_000);
  expect(await outcome).toBe('ERR_BAD_REQUEST');
  expect(trips).toBe(3);
});

test('the waits of one request together last no longer than the budget of its first 401', async () => {
  const { backend: fake, clock, tabs } = createTabs(1, { limits: { refreshMs: 10_000 } });
  const { send, http } = tabs[0]!;
  const { adapter } = fake;
  http.defaults.adapter = async (config) => {
    // Each answer takes six seconds, and each token dies on the way; from the second refresh on the issuer hangs.
    fake.expire();
    if (fake.refreshes === 1) fake.script('hang');
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 6000));
    return adapter(config);
  };
  fake.setLife(1);
  let endedAtMs = NaN;
  const outcome = send('/a').finally(() => void (endedAtMs = clock.performance.now()));
  await clock.advance(60_000);
  expect(await outcome).toBe('ERR_REFRESH_UNAVAILABLE');
  // Six seconds to the first 401, and ten from there on.
  expect(endedAtMs).toBe(16_000);
});

test('a tab asks again about a token that another tab obtained, because only that tab knows its life', async () => {
  const { backend: fake, tabs } = createTabs(2);
  const [here, there] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  fake.expire();
  const first = fake.hold('/late');
  const late = here.send('/late');
  expect(await there.send('/a')).toBe('200'); // version 2
  fake.expire();
  first.release();
  expect(await late).toBe('200');
  expect(fake.refreshes).toBe(2);
});

describe('asksAgain', () => {
  const at = (version: number): State => ({ name: 'idle', epoch: 1, session: { id: 's', version } });
  const refreshing: State = { ...at(3), name: 'refreshing', holding: true, queue: [1], askers: [] };
  test.each([
    ['a newer version', at(3), 3, 4, false, true],
    ['the sent version, alive', at(3), 3, 3, false, false],
    ['the sent version, its life over', at(3), 3, 3, true, true],
    ['the sent version, replaced since', at(4), 3, 3, false, true],
    ['the sent version, being refreshed for a 401', refreshing, 3, 3, false, true],
    ['the sent version, being refreshed for a call', { ...refreshing, holding: false }, 3, 3, false, false],
    ['an older version', at(3), 3, 2, true, false],
  ] as const)('decides about the 401 of a replay that names %s', (_, state, sent, refused, isOver, asks) =>
    expect(asksAgain(state as State, sent, refused, isOver)).toBe(asks),
  );
});
