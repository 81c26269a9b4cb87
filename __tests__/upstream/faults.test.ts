/** @jest-environment node */
import type { Fault, FaultKind } from '../../upstream/faults.ts';
import { createFaultBox } from '../../upstream/faults.ts';
import { call, closeAll, logIn, postJson, refresh, refreshed, startUpstream, statusOf } from './person.ts';

afterEach(closeAll);

const struckBy = async (fault: Fault<'refresh'>) => {
  const upstream = await startUpstream({ faults: { refresh: [{ times: 1, ...fault }] } });
  return { upstream, ...(await logIn(upstream)) };
};

describe('faults of the refresh', () => {
  it.each<[FaultKind<'refresh'>, number, string | null]>([
    ['status500', 500, null],
    ['status502', 502, null],
    ['status503', 503, null],
    ['status429', 429, '1'],
    ['invalidClient', 401, null],
  ])('%s answers %i before anything happened; the next call succeeds', async (kind, status, retryAfter) => {
    const { upstream, refresh_token } = await struckBy({ kind });
    const struck = await refresh(upstream, refresh_token);

    expect(struck.status).toBe(status);
    expect(struck.headers.get('retry-after')).toBe(retryAfter);
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(200);
    expect(upstream.stats()).toMatchObject({ refreshCalls: 2, maxPresentations: 1, reuseDetections: 0 });
  });

  it('names the seconds of Retry-After that were ordered', async () => {
    const { upstream, refresh_token } = await struckBy({ kind: 'status503', retryAfterSeconds: 17 });

    expect((await refresh(upstream, refresh_token)).headers.get('retry-after')).toBe('17');
  });

  it.each<[FaultKind<'refresh'>, string]>([
    ['html', 'text/html'],
    ['emptyBody', 'application/json'],
    ['truncatedJson', 'application/json'],
  ])('%s answers 200 with an unreadable body and does not rotate', async (kind, type) => {
    const { upstream, refresh_token } = await struckBy({ kind });
    const struck = await refresh(upstream, refresh_token);

    expect(struck.status).toBe(200);
    expect(struck.headers.get('content-type')).toContain(type);
    await expect(struck.json()).rejects.toThrow('JSON');
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(200);
  });

  it('a socket dropped before the rotation costs nothing', async () => {
    const { upstream, refresh_token } = await struckBy({ kind: 'dropBeforeRotate' });

    await expect(refresh(upstream, refresh_token)).rejects.toThrow('fetch failed');
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(200);
  });

  it('a socket dropped after the rotation costs the family when the token comes again', async () => {
    const { upstream, refresh_token } = await struckBy({ kind: 'dropAfterRotate' });

    await expect(refresh(upstream, refresh_token)).rejects.toThrow('fetch failed');
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(400);
    expect(upstream.stats()).toMatchObject({ refreshesGranted: 1, familiesRevoked: 1 });
  });

  it('any fault may rotate first', async () => {
    const { upstream, refresh_token } = await struckBy({ kind: 'status503', rotates: true });

    expect(await statusOf(refresh(upstream, refresh_token))).toBe(503);
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(400);
  });

  it.each<[FaultKind<'refresh'>, number]>([
    ['hang', 200],
    ['hangAfterRotate', 400],
  ])('%s never answers; trying again gets %i', async (kind, next) => {
    const reached = Promise.withResolvers<undefined>();
    const { upstream, refresh_token } = await struckBy({ kind });
    const caller = new AbortController();
    upstream.setOptions({ hooks: { beforeRefresh: async () => reached.resolve(undefined) } });
    const hung = fetch(`${upstream.url}/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token }),
      signal: caller.signal,
    });

    await reached.promise;
    // Answered on its own connection, so the hung call had its turn.
    await call(upstream, { access_token: '' }, '/me');
    caller.abort();
    await expect(hung).rejects.toThrow('aborted');
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(next);
  });

  it.each<[FaultKind<'refresh'>, unknown]>([
    ['expiresInMissing', undefined],
    ['expiresInText', 'abc'],
    ['expiresInNumericString', '10'],
    ['expiresInZero', 0],
    ['expiresInNegative', -3600],
    ['expiresInHuge', Number.MAX_SAFE_INTEGER],
  ])('%s lies about the life of a token that is good', async (kind, expected) => {
    const { upstream, refresh_token } = await struckBy({ kind });
    const pair = await refreshed(upstream, refresh_token);

    expect(pair.expires_in).toBe(expected);
    expect(await statusOf(call(upstream, pair, '/me'))).toBe(200);
    expect(await statusOf(refresh(upstream, pair.refresh_token))).toBe(200);
  });

  it('noRefreshToken answers none, and the old one stays good', async () => {
    const { upstream, refresh_token } = await struckBy({ kind: 'noRefreshToken' });

    expect(await refreshed(upstream, refresh_token)).not.toHaveProperty('refresh_token');
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(200);
  });

  it('a hook may choose the fault of each call', async () => {
    const upstream = await startUpstream({
      hooks: { beforeRefresh: ({ call: count }) => (count === 2 ? { kind: 'status502' } : undefined) },
    });
    const first = await logIn(upstream);
    const second = await refreshed(upstream, first.refresh_token);

    expect(await statusOf(refresh(upstream, second.refresh_token))).toBe(502);
    expect(await statusOf(refresh(upstream, second.refresh_token))).toBe(200);
  });

  it('a hook may hold the answer while the rotation is already done', async () => {
    const [rotated, gate] = [Promise.withResolvers<string>(), Promise.withResolvers<undefined>()];
    const upstream = await startUpstream({
      hooks: {
        afterRotate: async ({ token }) => {
          rotated.resolve(token);
          await gate.promise;
        },
      },
    });
    const { refresh_token } = await logIn(upstream);
    const held = refresh(upstream, refresh_token);

    expect(await rotated.promise).toBe(refresh_token);
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(400);
    gate.resolve(undefined);
    expect(await statusOf(held)).toBe(200);
  });
});

describe('faults of the other routes', () => {
  it.each<[FaultKind<'api'>, number]>([
    ['status500', 500],
    ['status503', 503],
    ['unauthorized', 401],
    ['slow', 200],
  ])('%s strikes one protected call with %i, and no other', async (kind, status) => {
    const upstream = await startUpstream({ faults: { api: [{ kind, times: 1, delayMs: 1 }] } });
    const pair = await logIn(upstream);

    expect(await statusOf(call(upstream, pair, '/me'))).toBe(status);
    expect(await statusOf(call(upstream, pair, '/me'))).toBe(200);
  });

  it('drop cuts a protected call', async () => {
    const upstream = await startUpstream({ faults: { api: [{ kind: 'drop' }] } });

    await expect(call(upstream, await logIn(upstream), '/me')).rejects.toThrow('fetch failed');
  });

  it('login and logout can be down', async () => {
    const upstream = await startUpstream();
    const { refresh_token } = await logIn(upstream);
    upstream.setOptions({ faults: { login: [{ kind: 'status503' }], logout: [{ kind: 'status503' }] } });

    const body = { username: 'ada', password: 'lovelace' };
    expect(await statusOf(postJson(`${upstream.url}/auth/login`, body))).toBe(503);
    expect(await statusOf(postJson(`${upstream.url}/auth/logout`, { refresh_token }))).toBe(503);
    upstream.reset();
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(200);
  });
});

describe('the order of faults', () => {
  it('is that of the rules, each as often as it says', () => {
    const box = createFaultBox(1);
    box.set({ refresh: [{ kind: 'none', times: 1 }, { kind: 'status503', times: 2 }, { kind: 'hang' }] });
    const drawn = Array.from({ length: 5 }, () => box.take('refresh')?.kind ?? 'none');

    expect(drawn).toEqual(['none', 'status503', 'status503', 'hang', 'hang']);
    expect(box.take('api')).toBeNull();
  });

  it('is the same for the same seed, and about as frequent as the probability says', () => {
    const draw = (seed: number) => {
      const box = createFaultBox(seed);
      box.set({ refresh: [{ kind: 'status503', probability: 0.3 }] });
      return Array.from({ length: 1000 }, () => box.take('refresh') !== null);
    };

    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).filter(Boolean).length / 1000).toBeCloseTo(0.3, 1);
  });
});
