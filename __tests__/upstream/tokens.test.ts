/** @jest-environment node */
import { decodeJwt, SignJWT } from 'jose';
import { call, closeAll, logIn, postJson, refresh, refreshed, startUpstream, statusOf } from './person.ts';

afterEach(closeAll);

describe('login', () => {
  it('answers a token pair and the person', async () => {
    const upstream = await startUpstream({ accessTtlSeconds: 7 });
    const response = await postJson(`${upstream.url}/auth/login`, { username: 'ada', password: 'lovelace' });

    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 7,
      user: { id: 'user-ada', name: 'Ada Lovelace', email: 'ada@example.com' },
    });
  });

  it.each([
    ['a wrong password', 'ada', 'hopper'],
    ['an unknown name', 'nobody', 'lovelace'],
  ])('refuses %s', async (_case, username, password) => {
    const upstream = await startUpstream();
    const response = await postJson(`${upstream.url}/auth/login`, { username, password });

    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    expect(upstream.stats()).toMatchObject({ logins: 0, loginsRefused: 1 });
  });

  it.each([[{}], [{ username: 'ada' }], [{ username: 'ada', password: 7 }], [[]]])(
    'says what is wrong with the body %j',
    async (body) => {
      const upstream = await startUpstream();
      const response = await postJson(`${upstream.url}/auth/login`, body);

      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: 'invalid_request',
        error_description: expect.stringMatching(/^body/),
      });
    },
  );
});

describe('an access token', () => {
  it('opens the protected routes', async () => {
    const upstream = await startUpstream();
    const response = await call(upstream, await logIn(upstream, 'grace', 'hopper'), '/me');

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      id: 'user-grace',
      name: 'Grace Hopper',
      email: 'grace@example.com',
    });
  });

  it('dies to the millisecond, also where its life is a fraction of a second', async () => {
    let now = 1_800_000_000_750;
    const upstream = await startUpstream({ accessTtlSeconds: 0.2, now: () => now });
    const pair = await logIn(upstream);

    now += 199;
    expect(await statusOf(call(upstream, pair, '/me'))).toBe(200);
    now += 2;
    const refused = await call(upstream, pair, '/me');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('is refused when another key signed it, and when it is malformed', async () => {
    const upstream = await startUpstream();
    const claims = decodeJwt((await logIn(upstream)).access_token);
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(new Uint8Array(32));

    for (const access_token of [forged, 'rubbish', 'a.b.c']) {
      expect(await statusOf(call(upstream, { access_token }, '/me'))).toBe(401);
    }
  });

  it('is asked for, without an error, where there is none', async () => {
    const upstream = await startUpstream();
    const response = await fetch(`${upstream.url}/me`);

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('is made larger on demand', async () => {
    const upstream = await startUpstream({ accessTokenPadBytes: 2200 });
    const pair = await logIn(upstream);

    expect(pair.access_token.length).toBeGreaterThan(2200);
    expect(await statusOf(call(upstream, pair, '/me'))).toBe(200);
  });

  it.each([
    ['of one person', () => ({ userId: 'user-ada' })],
    ['of one family', (token: string) => ({ sessionFamily: String(decodeJwt(token)['family']) })],
  ])('can be expired by hand, the ones %s alone, and the refresh token stays good', async (_case, whose) => {
    const upstream = await startUpstream();
    const [ada, grace] = [await logIn(upstream), await logIn(upstream, 'grace', 'hopper')];

    upstream.expireAccessTokens(whose(ada.access_token));

    expect(await statusOf(call(upstream, ada, '/me'))).toBe(401);
    expect(await statusOf(call(upstream, grace, '/me'))).toBe(200);
    expect(await statusOf(call(upstream, await refreshed(upstream, ada.refresh_token), '/me'))).toBe(200);
  });
});

describe('a refresh token', () => {
  it('is exchanged for a new pair, and the old access token still lives out its time', async () => {
    const upstream = await startUpstream();
    const first = await logIn(upstream);
    const second = await refreshed(upstream, first.refresh_token);

    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    expect(await statusOf(call(upstream, first, '/me'))).toBe(200);
    expect(await statusOf(call(upstream, second, '/me'))).toBe(200);
    expect(upstream.stats()).toMatchObject({ refreshCalls: 1, refreshesGranted: 1, maxPresentations: 1 });
  });

  it('presented again after its rotation kills the whole family', async () => {
    const upstream = await startUpstream();
    const first = await logIn(upstream);
    const second = await refreshed(upstream, first.refresh_token);
    const other = await logIn(upstream);

    const reused = await refresh(upstream, first.refresh_token);
    expect(reused.status).toBe(400);
    expect(await reused.json()).toEqual({ error: 'invalid_grant' });

    expect(await statusOf(refresh(upstream, second.refresh_token))).toBe(400);
    expect(await statusOf(call(upstream, second, '/me'))).toBe(401);
    expect(await statusOf(call(upstream, other, '/me'))).toBe(200);
    expect(upstream.stats()).toMatchObject({ reuseDetections: 1, familiesRevoked: 1, maxPresentations: 2 });
  });

  it('presented ten times at once leaves no caller with a working token', async () => {
    const upstream = await startUpstream();
    const { refresh_token } = await logIn(upstream);
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(upstream, refresh_token)));
    const winners = answers.filter(({ status }) => status === 200);

    expect(winners).toHaveLength(1);
    const { refresh_token: won } = await winners[0]!.json();
    expect(await statusOf(refresh(upstream, won))).toBe(400);
    expect(upstream.stats()).toMatchObject({ reuseDetections: 9, familiesRevoked: 1, maxPresentations: 10 });
  });

  it('is forgiven a second time within the leeway, with the same successor', async () => {
    let now = 1_800_000_000_000;
    const upstream = await startUpstream({ reuse: 'leeway', reuseLeewaySeconds: 5, now: () => now });
    const { refresh_token } = await logIn(upstream);
    const first = await refreshed(upstream, refresh_token);

    now += 5000;
    const again = await refreshed(upstream, refresh_token);
    expect(again.refresh_token).toBe(first.refresh_token);
    expect(await statusOf(call(upstream, again, '/me'))).toBe(200);

    now += 1;
    expect(await statusOf(refresh(upstream, refresh_token))).toBe(400);
    expect(upstream.stats()).toMatchObject({ reuseDetections: 1, familiesRevoked: 1 });
  });

  it('is not forgiven once its successor was used', async () => {
    const upstream = await startUpstream({ reuse: 'leeway' });
    const first = await logIn(upstream);
    const second = await refreshed(upstream, first.refresh_token);
    await refreshed(upstream, second.refresh_token);

    expect(await statusOf(refresh(upstream, first.refresh_token))).toBe(400);
    expect(upstream.stats().familiesRevoked).toBe(1);
  });

  it('stays the same where the issuer does not rotate', async () => {
    const upstream = await startUpstream({ rotate: false });
    const { refresh_token } = await logIn(upstream);

    for (let round = 0; round < 3; round += 1) {
      expect((await refreshed(upstream, refresh_token)).refresh_token).toBe(refresh_token);
    }
    expect(upstream.stats()).toMatchObject({ reuseDetections: 0, refreshesGranted: 3 });
  });

  it('runs out after its own life, counted from its own birth', async () => {
    let now = 1_800_000_000_000;
    const upstream = await startUpstream({ refreshTtlSeconds: 60, now: () => now });
    const first = await logIn(upstream);
    now += 59_000;
    const second = await refreshed(upstream, first.refresh_token);
    now += 59_000;
    const third = await refreshed(upstream, second.refresh_token);
    now += 60_000;

    expect(await statusOf(refresh(upstream, third.refresh_token))).toBe(400);
    expect(upstream.stats().reuseDetections).toBe(0);
  });

  it('never appears in the stats', async () => {
    const upstream = await startUpstream();
    const { refresh_token } = await logIn(upstream);
    await refresh(upstream, refresh_token);

    expect(Object.values(upstream.stats().presentations)).toEqual([1]);
    expect(JSON.stringify(upstream.stats())).not.toContain(refresh_token);
  });
});

describe('logout', () => {
  it('ends the family, access tokens too, and may be repeated', async () => {
    const upstream = await startUpstream();
    const pair = await logIn(upstream);
    const logout = (token: string) => postJson(`${upstream.url}/auth/logout`, { refresh_token: token });

    expect(await statusOf(logout(pair.refresh_token))).toBe(204);
    expect(await statusOf(logout(pair.refresh_token))).toBe(204);
    expect(await statusOf(logout('never heard of it'))).toBe(204);
    expect(await statusOf(call(upstream, pair, '/me'))).toBe(401);
    expect(await statusOf(refresh(upstream, pair.refresh_token))).toBe(400);
    expect(upstream.stats()).toMatchObject({ revocations: 1, familiesRevoked: 0, reuseDetections: 0 });
  });

  it('with a token that was already rotated ends the newest one as well', async () => {
    const upstream = await startUpstream();
    const first = await logIn(upstream);
    const second = await refreshed(upstream, first.refresh_token);
    await postJson(`${upstream.url}/auth/logout`, { refresh_token: first.refresh_token });

    expect(await statusOf(refresh(upstream, second.refresh_token))).toBe(400);
  });
});
