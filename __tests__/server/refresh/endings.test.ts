import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { deferred } from '../../support/deferred.ts';
import { counted, gateAt, startCluster, times, until, type Cluster, type ClusterOptions } from './cluster.ts';
import { holdFirst } from './troubledStore.ts';

let cluster: Cluster;
let ada: Browser;

async function begin(options?: ClusterOptions, signedIn = true): Promise<void> {
  cluster = await startCluster(options);
  ada = new Browser(cluster.app.url);
  if (signedIn) await ada.login();
}
afterEach(() => cluster.close());

/** Another browser of the same person, signed in. */
async function another(): Promise<Browser> {
  const browser = new Browser(cluster.app.url);
  await browser.login();
  return browser;
}

describe('a logout', () => {
  test('while five slow requests and one refresh are under way ends all of it', async () => {
    const refresh = gateAt('afterRotate');
    const slow = deferred();
    let arrived = 0;
    const beforeVerify = () => {
      arrived += 1;
      return slow.promise;
    };
    await begin({ hooks: { ...refresh.hooks, beforeVerify } });
    const { cookie } = ada;
    const requests = times(5, () => ada.call('/api/upstream/me'));
    const refreshing = ada.refresh(1);
    await refresh.reached;
    await until(() => arrived === 5);
    expect((await ada.logout()).status).toBe(204);
    slow.resolve();
    refresh.open();
    const answers = await Promise.all([...requests, refreshing]);
    expect(answers.map((answer) => answer.headers.getSetCookie())).toEqual(times(6, () => []));
    // The family is dead at the issuer, so the slow ones come back without what they asked for.
    expect(answers.map(({ status }) => status)).toEqual(times(6, () => 401));
    expect(ada.jar.size).toBe(0);
    for (const late of [await ada.whoAmI({ cookie }), await ada.refresh(1, { cookie })]) {
      expect(await codeOf(late)).toBe('session_ended');
    }
    expect(new Set(cluster.revoked).size).toBe(2);
  });

  test('is answered when the issuer is down, and revokes as soon as it is back', async () => {
    await begin({ faults: { logout: [{ kind: 'status503', times: 2 }] } });
    expect((await ada.logout()).status).toBe(204);
    await cluster.clock.advance(1000);
    await until(() => cluster.revoked.length === 2);
    // The first answer is on its way still; the next try comes five seconds after it.
    await until(async () => {
      await cluster.clock.advance(1000);
      return cluster.upstream.stats().revocations === 1;
    });
    expect(cluster.revoked).toHaveLength(3);
  });

  test('gives up after five tries, and says so', async () => {
    await begin({ faults: { logout: [{ kind: 'status503' }] } });
    expect((await ada.logout()).status).toBe(204);
    await until(async () => {
      await cluster.clock.advance(1000);
      return (await counted(cluster.app, 'revocationsFailed')) === 1;
    });
    expect(cluster.revoked).toHaveLength(5);
  });

  test('does not wait for an issuer that hangs', async () => {
    await begin({ faults: { logout: [{ kind: 'hang' }] } });
    const leaving = ada.logout();
    await until(() => cluster.revoked.length === 1);
    await cluster.clock.advance(2000);
    expect((await leaving).status).toBe(204);
    expect(ada.jar.size).toBe(0);
  });

  test('is idempotent, and needs no session at all', async () => {
    await begin();
    const { cookie } = ada;
    for (const given of [cookie, cookie, '']) {
      const answer = await ada.call('/api/logout', { method: 'POST', json: {}, cookie: given });
      expect([answer.status, answer.headers.getSetCookie().length]).toEqual([204, 2]);
    }
  });

  test('for another session than the cookie’s is refused, and ends neither', async () => {
    await begin();
    const { cookie } = ada;
    const answer = await ada.call('/api/logout', {
      method: 'POST',
      json: {},
      headers: { 'X-Reseal': 'somebody-else' },
    });
    expect(await codeOf(answer)).toBe('session_changed');
    expect(ada.cookie).toBe(cookie);
    expect((await ada.whoAmI()).status).toBe(200);
  });

  test('that the store could not be told of is told it behind, and revokes what was committed in the meantime', async () => {
    await begin();
    const { cookie } = ada;
    await ada.refresh(1);
    cluster.trouble.down = (call) => call === 'read' || call === 'end';
    await ada.call('/api/logout', { method: 'POST', json: {}, cookie });
    expect(new Set(cluster.revoked).size).toBe(1);
    cluster.trouble.down = () => false;
    await cluster.clock.advance(500);
    await until(() => new Set(cluster.revoked).size === 2);
    expect(await codeOf(await ada.whoAmI({ cookie }))).toBe('session_ended');
  });

  test('that the store is never told of clears the cookie and says so in the log', async () => {
    await begin();
    cluster.trouble.down = (call) => call === 'end';
    expect((await ada.logout()).status).toBe(204);
    expect(ada.jar.size).toBe(0);
    await cluster.clock.advance(73_000);
    expect(cluster.app.logged()).toContain('the end of a session could not be recorded');
  });
});

describe('a login', () => {
  test('ends the session that the jar held, and revokes it', async () => {
    await begin();
    const { cookie } = ada;
    await ada.login('grace', 'hopper');
    expect(await codeOf(await ada.whoAmI({ cookie }))).toBe('session_ended');
    expect(await codeOf(await ada.refresh(1, { cookie }))).toBe('session_ended');
    expect(cluster.upstream.stats()).toMatchObject({ revocations: 1, refreshCalls: 0 });
    expect((await infoOf(await ada.whoAmI())).user.id).toBe('user-grace');
  });

  test('that is refused leaves the jar’s session alone', async () => {
    await begin();
    const wrong = { username: 'grace', password: 'wrong' };
    const answer = await ada.call('/api/login', { method: 'POST', json: wrong });
    expect(await codeOf(answer)).toBe('invalid_credentials');
    expect((await infoOf(await ada.whoAmI())).user.id).toBe('user-ada');
  });

  test('that the issuer cannot answer is refused for now', async () => {
    await begin(
      {
        faults: {
          login: [
            { kind: 'status503', times: 1 },
            { kind: 'html', times: 1 },
          ],
        },
      },
      false,
    );
    for (let round = 0; round < 2; round += 1) {
      const answer = await ada.call('/api/login', {
        method: 'POST',
        json: { username: 'ada', password: 'lovelace' },
      });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }
    expect((await ada.login()).session.version).toBe(1);
  });

  test('whose tokens do not fit into a cookie is refused, and gives them back', async () => {
    await begin({ accessTokenPadBytes: 9000 }, false);
    const answer = await ada.call('/api/login', {
      method: 'POST',
      json: { username: 'ada', password: 'lovelace' },
    });
    expect([answer.status, await codeOf(answer)]).toEqual([500, 'session_too_large']);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(cluster.upstream.stats().revocations).toBe(1);
  });

  test('that the store cannot be asked about is refused for now, and gives its tokens back', async () => {
    await begin();
    cluster.trouble.down = () => true;
    const answer = await new Browser(cluster.app.url).call('/api/login', {
      method: 'POST',
      json: { username: 'grace', password: 'hopper' },
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(cluster.upstream.stats().revocations).toBe(1);
    expect((await ada.whoAmI()).status).toBe(200);
  });
});

describe('a logout everywhere', () => {
  test('ends every session of that person, those that are being refreshed too, and no other person’s', async () => {
    const gate = gateAt('afterRotate');
    await begin({ hooks: gate.hooks });
    const [phone, tablet] = [await another(), await another()];
    const grace = new Browser(cluster.app.url);
    await grace.login('grace', 'hopper');
    const refreshing = phone.refresh(1);
    await gate.reached;
    expect((await ada.logout({ everywhere: true })).status).toBe(204);
    gate.open();
    const refusal = await refreshing;
    expect(await codeOf(refusal)).toBe('session_ended');
    expect(refusal.headers.getSetCookie()).toEqual([]);
    // Ada's own, and the pair that the issuer had just given to the phone.
    expect(new Set(cluster.revoked).size).toBe(2);
    for (const browser of [phone, tablet]) {
      expect(await codeOf(await browser.whoAmI())).toBe('session_ended');
      expect(await codeOf(await browser.refresh(2))).toBe('session_ended');
    }
    expect((await grace.whoAmI()).status).toBe(200);
    expect((await infoOf(await (await another()).whoAmI())).user.id).toBe('user-ada');
  });

  test('can be said twice, and again by who logged in between', async () => {
    await begin();
    await ada.logout({ everywhere: true });
    const [phone, tablet] = [await another(), await another()];
    await phone.logout({ everywhere: true });
    expect(await codeOf(await tablet.whoAmI())).toBe('session_ended');
    expect((await (await another()).whoAmI()).status).toBe(200);
  });

  test('ends a login that had begun before it, and spares one that begins after', async () => {
    await begin();
    const phone = new Browser(cluster.app.url);
    const held = holdFirst(cluster.trouble, 'epochAtLogin', 'after');
    const before = phone.login();
    await held.reached;
    await ada.logout({ everywhere: true });
    held.open();
    await before;
    expect(await codeOf(await phone.whoAmI())).toBe('session_ended');
    expect((await (await another()).whoAmI()).status).toBe(200);
  });

  test('cannot be said with a cookie that is worth nothing any more', async () => {
    await begin();
    const phone = await another();
    const { cookie } = ada;
    await ada.logout();
    const spent = { method: 'POST', json: { everywhere: true }, cookie };
    expect((await ada.call('/api/logout', spent)).status).toBe(204);
    expect((await phone.whoAmI()).status).toBe(200);
  });

  test('reaches sessions from before the store lost its memory', async () => {
    await begin();
    await ada.logout({ everywhere: true });
    const tablet = await another();
    const restarted = await cluster.start({ ownMemory: true });
    const phone = new Browser(restarted.url);
    await phone.login();
    await cluster.clock.advance(1000);
    await phone.logout({ everywhere: true });
    const answer = await new Browser(restarted.url).whoAmI({ cookie: tablet.cookie });
    expect(await codeOf(answer)).toBe('session_ended');
  });
});
