/** @jest-environment node */
import fc from 'fast-check';
import { isFresh } from '../../../server/refresh/isFresh.ts';
import type { TokenPair } from '../../../server/session/record.ts';
import {
  meantBy,
  nameAt,
  newestExpiresAtMs,
  ownVersion,
  refreshed,
  sealable,
  tokenOf,
  type Holding,
  type TokenName,
} from '../../../server/session/tokens.ts';
import type { Resources } from '../../../server/settings/resources.ts';

const KEYS = ['billing', 'orders', 'search'] as const;
const resources: Resources = new Map(KEYS.map((key) => [key, { resource: `https://${key}.example` }]));
const names = fc.constantFrom<TokenName>(null, ...KEYS);

/** What an issuer answers to the n-th refresh: all of it says which one it was. */
const answerOf = (n: number): TokenPair => ({
  accessToken: `access-${n}`,
  refreshToken: `refresh-${n}`,
  expiresAtMs: n * 1000 + 60_000,
  refreshedAtMs: n * 1000,
});

/** The session at each of its versions, as refreshes of these tokens lead from one to the next. */
function lifeOf(order: readonly TokenName[]): readonly Holding[] {
  const life: Holding[] = [{ version: 1, pair: answerOf(1) }];
  for (const name of order) {
    const old = life.at(-1)!;
    const version = old.version + 1;
    life.push({ version, pair: refreshed(old, answerOf(version), name, resources) });
  }
  return life;
}

const lives = fc.array(names, { maxLength: 12 });

test('the newest version belongs to the token that was refreshed, and each token keeps the version it was obtained at', () => {
  fc.assert(
    fc.property(lives, (order) => {
      const newest = lifeOf(order).at(-1)!;
      for (const name of [null, ...KEYS]) {
        const last = order.lastIndexOf(name);
        const version = last < 0 ? (name === null ? 1 : null) : last + 2;
        const token = tokenOf(newest, name);
        expect(token?.version ?? null).toBe(version);
        if (version === null) continue;
        expect(token).toMatchObject({ accessToken: `access-${version}`, obtainedAtMs: version * 1000 });
        expect(nameAt(newest, version)).toBe(name);
      }
      expect(newest.pair.refreshToken).toBe(`refresh-${newest.version}`);
      expect(newest.pair.refreshedAtMs).toBe(newest.version * 1000);
      expect(newestExpiresAtMs(newest)).toBe(newest.version * 1000 + 60_000);
    }),
  );
});

test('a session that no resource’s token was obtained for is, byte for byte, what the issuer answered', () => {
  fc.assert(
    fc.property(fc.array(fc.constant(null), { maxLength: 5 }), (order) => {
      const { version, pair } = lifeOf(order).at(-1)!;
      expect(JSON.stringify(pair)).toBe(JSON.stringify(answerOf(version)));
      expect(sealable(pair)).toBe(pair);
    }),
  );
});

test('a seal holds the session’s own token and the newest refresh token, and no resource’s token', () => {
  fc.assert(
    fc.property(lives, (order) => {
      const newest = lifeOf(order).at(-1)!;
      const sealed = { ...newest, pair: sealable(newest.pair) };
      expect(JSON.stringify(sealed)).not.toContain('resources');
      expect(tokenOf(sealed, null)).toEqual(tokenOf(newest, null));
      expect(sealed.pair.refreshToken).toBe(newest.pair.refreshToken);
    }),
  );
});

test('the newest version names the token that has it; a caller with an older one is served at once', () => {
  fc.assert(
    fc.property(lives, fc.nat(12), fc.integer({ min: 0, max: 20 }), (order, at, version) => {
      const life = lifeOf(order);
      const newest = life.at(-1)!;
      const seal = life[at % life.length]!;
      const meant = meantBy({ version }, newest, seal, resources);
      const token = tokenOf(newest, meant.name);
      const fresh = token && isFresh(token, meant.version, newest.version * 1000);
      if (version > newest.version) expect(meant).toEqual({ name: null, version: ownVersion(seal) });
      else if (version === newest.version) {
        expect(meant).toEqual({ name: order.at(-1) ?? null, version });
        expect(fresh).toBe(false);
      } else expect(fresh).toBe(true);
    }),
  );
});

test('what names a token means that token, and a resource that the settings no longer name means the own one', () => {
  const newest = lifeOf(['billing', 'orders']).at(-1)!;
  expect(meantBy({ version: 0, name: 'search' }, newest, newest, resources)).toEqual({
    version: 0,
    name: 'search',
  });
  const fewer: Resources = new Map([...resources].filter(([key]) => key !== 'orders'));
  expect(meantBy({ version: 3 }, newest, newest, fewer)).toEqual({ version: 3, name: null });
  expect(refreshed(newest, answerOf(4), null, fewer).resources).toEqual({
    billing: newest.pair.resources?.['billing'],
  });
});
