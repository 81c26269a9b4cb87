/** @jest-environment node */
import type { NaiveRun } from '../../upstream/naiveBurst.ts';
import {
  call,
  closeAll,
  logIn,
  postJson,
  refresh,
  refreshed,
  send,
  startUpstream,
  statusOf,
  type Pair,
} from './person.ts';

afterEach(closeAll);

const openLab = async () => {
  const upstream = await startUpstream({ lab: true });
  const ada = await logIn(upstream);
  const patch = (body: unknown) => send(upstream, ada, 'PATCH', '/lab', body);
  return { upstream, ada, patch };
};

it('shows settings, faults and counts, but no hash of a token', async () => {
  const { upstream, ada } = await openLab();
  const shown = await (await call(upstream, ada, '/lab')).json();

  expect(shown).toMatchObject({
    settings: { accessTtlSeconds: 10, rotate: true, latencyMs: { login: 0, refresh: 0, api: 0 } },
    faults: { login: [], refresh: [], logout: [], api: [] },
    stats: { logins: 1, refreshCalls: 0 },
  });
  expect(shown.stats).not.toHaveProperty('presentations');
});

it('is not there unless it was asked for, and never for strangers', async () => {
  const plain = await startUpstream();
  expect(await statusOf(call(plain, await logIn(plain), '/lab'))).toBe(404);
  const { upstream } = await openLab();
  expect(await statusOf(fetch(`${upstream.url}/lab`))).toBe(401);
  expect(await statusOf(fetch(`${upstream.url}/lab/reset`, { method: 'POST' }))).toBe(401);
});

it('changes settings and leaves the others alone', async () => {
  const { upstream, ada, patch } = await openLab();
  const answer = await patch({ settings: { accessTtlSeconds: 2.5, latencyMs: { refresh: 1 } } });

  expect(answer.status).toBe(200);
  expect((await answer.json()).settings).toMatchObject({
    accessTtlSeconds: 2.5,
    refreshTtlSeconds: 2_592_000,
    latencyMs: { login: 0, refresh: 1, api: 0 },
  });
  expect((await refreshed(upstream, ada.refresh_token)).expires_in).toBe(2.5);
});

it('orders faults, shows what is left of them, and takes them back', async () => {
  const { upstream, ada, patch } = await openLab();
  const answer = await patch({
    faults: { refresh: [{ kind: 'status503', times: 2 }], api: [{ kind: 'hang' }] },
  });

  expect((await answer.json()).faults).toMatchObject({
    refresh: [{ kind: 'status503', times: 2 }],
    api: [{ kind: 'hang', times: null }],
  });
  expect(await statusOf(refresh(upstream, ada.refresh_token))).toBe(503);
  const { faults } = await (await patch({ faults: { api: [] } })).json();
  expect(faults).toMatchObject({ refresh: [{ kind: 'status503', times: 1 }], api: [] });

  const reset = await call(upstream, ada, '/lab/reset', { method: 'POST' });
  expect(await reset.json()).toMatchObject({ faults: { refresh: [] }, stats: { refreshCalls: 0 } });
  expect(await statusOf(refresh(upstream, ada.refresh_token))).toBe(200);
});

it('what GET /lab answers can be sent back as it is', async () => {
  const { upstream, ada, patch } = await openLab();
  await patch({ faults: { api: [{ kind: 'slow', delayMs: 1 }] } });
  const { settings, faults } = await (await call(upstream, ada, '/lab')).json();

  expect(await statusOf(patch({ settings, faults }))).toBe(200);
});

it('expires the access tokens of the caller’s person only, in all sessions', async () => {
  const { upstream, ada } = await openLab();
  const [elsewhere, grace] = [await logIn(upstream), await logIn(upstream, 'grace', 'hopper')];

  expect(await statusOf(call(upstream, ada, '/lab/expire', { method: 'POST' }))).toBe(204);
  expect(await statusOf(call(upstream, ada, '/me'))).toBe(401);
  expect(await statusOf(call(upstream, elsewhere, '/me'))).toBe(401);
  expect(await statusOf(call(upstream, grace, '/me'))).toBe(200);
  expect(await statusOf(call(upstream, await refreshed(upstream, ada.refresh_token), '/me'))).toBe(200);
});

it.each([
  [{ settings: { accessTtlSeconds: -1 } }, 'body.settings.accessTtlSeconds must be >= 0.05'],
  [{ settings: { latencyMs: { api: 'x' } } }, 'body.settings.latencyMs.api must be number'],
  [{ settings: { port: 80 } }, 'body.settings must NOT have additional properties: port'],
  [
    { faults: { api: [{ kind: 'nope' }] } },
    'body.faults.api.0.kind must be equal to one of the allowed values: none, status500',
  ],
  [{ faults: { api: [{ times: 1 }] } }, "body.faults.api.0 must have required property 'kind'"],
  [
    { faults: { refresh: [{ kind: 'hang', probability: 2 }] } },
    'body.faults.refresh.0.probability must be <= 1',
  ],
  [[], 'body must be object'],
])('a senseless change is refused with the reason: %j', async (body, reason) => {
  const { upstream, ada, patch } = await openLab();
  const before = await (await call(upstream, ada, '/lab')).json();
  const answer = await patch(body);

  expect(answer.status).toBe(400);
  expect((await answer.json()).error_description).toContain(reason);
  expect(await (await call(upstream, ada, '/lab')).json()).toEqual(before);
});

describe('the controls during an outage that they caused', () => {
  it('work with an access token that they expired, while refreshes fail', async () => {
    const { upstream, ada, patch } = await openLab();
    await patch({ faults: { refresh: [{ kind: 'status503' }] } });
    expect(await statusOf(call(upstream, ada, '/lab/expire', { method: 'POST' }))).toBe(204);
    expect(await statusOf(call(upstream, ada, '/me'))).toBe(401);
    expect(await statusOf(refresh(upstream, ada.refresh_token))).toBe(503);

    expect(await statusOf(call(upstream, ada, '/lab'))).toBe(200);
    expect(await statusOf(call(upstream, ada, '/lab/expire', { method: 'POST' }))).toBe(204);
    expect(await statusOf(patch({ faults: { refresh: [] } }))).toBe(200);
    expect(await statusOf(call(upstream, ada, '/lab/reset', { method: 'POST' }))).toBe(200);
    expect(await statusOf(refresh(upstream, ada.refresh_token))).toBe(200);
  });

  it('work with an access token whose time is over', async () => {
    let now = Date.now();
    const upstream = await startUpstream({ lab: true, now: () => now });
    const ada = await logIn(upstream);
    now += 86_400_000;
    expect(await statusOf(call(upstream, ada, '/me'))).toBe(401);
    expect(await statusOf(call(upstream, ada, '/lab/reset', { method: 'POST' }))).toBe(200);
  });

  it('refuse a token that another service signed, no token, and one of a session that was logged out', async () => {
    const { upstream, ada } = await openLab();
    const foreign = await logIn(await startUpstream({ lab: true }));
    const reset = (pair: Pick<Pair, 'access_token'>) =>
      statusOf(call(upstream, pair, '/lab/reset', { method: 'POST' }));

    expect(await reset(foreign)).toBe(401);
    expect(await reset({ access_token: 'x.y.z' })).toBe(401);
    expect(await reset({ access_token: ada.refresh_token })).toBe(401);
    expect(await reset(ada)).toBe(200);
    await postJson(`${upstream.url}/auth/logout`, { refresh_token: ada.refresh_token });
    expect(await reset(ada)).toBe(401);
  });
});

describe('a burst without Reseal', () => {
  const run = async (patchBody: object) => {
    const lab = await openLab();
    await lab.patch(patchBody);
    const answer = await send(lab.upstream, lab.ada, 'POST', '/lab/naive', {
      method: 'GET',
      path: '/notes',
      count: 8,
    });
    return { ...lab, answer, burst: (await answer.json()) as NaiveRun };
  };

  it('loses its session: each of its 401s presents the same refresh token', async () => {
    const { burst } = await run({ settings: { latencyMs: { refresh: 20 } } });

    expect(burst.requests).toHaveLength(8);
    expect(burst.refreshes.length).toBeGreaterThan(1);
    expect(burst.sessionLost).toBe(true);
    for (const { marks, outcome } of burst.requests) {
      expect(marks.map(({ phase }) => phase)).toContain('expired');
      expect(outcome).toBe('401');
    }
  });

  it('touches neither the counts nor the session of the person who watches', async () => {
    const { upstream, ada } = await run({ faults: { refresh: [{ kind: 'status503', times: 1 }] } });

    expect(upstream.stats()).toMatchObject({ logins: 1, refreshCalls: 0, familiesRevoked: 0 });
    expect(await statusOf(refresh(upstream, ada.refresh_token))).toBe(503);
    expect(await statusOf(refresh(upstream, ada.refresh_token))).toBe(200);
    expect(await statusOf(call(upstream, ada, '/me'))).toBe(200);
  });

  it.each(['/lab', '/auth/login', 'notes'])('is not sent to %s', async (path) => {
    const { upstream, ada } = await openLab();
    const order = { method: 'GET', path, count: 1 };
    expect(await statusOf(send(upstream, ada, 'POST', '/lab/naive', order))).toBe(400);
  });
});
