/** @jest-environment node */
import { call, closeAll, logIn, refresh, refreshed, send, startUpstream, statusOf } from './person.ts';

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
