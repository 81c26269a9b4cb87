import fc from 'fast-check';
import { closeBox, createBoxOpener, newBoxKey, openBox } from '../../../server/store/tokenBox.ts';
import type { SealedSession } from '../../../server/session/record.ts';

const pair = { accessToken: 'access', refreshToken: 'refresh', expiresAtMs: 5, refreshedAtMs: 1 };
const key = newBoxKey();
const box = closeBox(pair, key, 'session', 3);

test('a box opens to the pair that was put in', () => {
  expect(openBox(box, key, 'session', 3)).toEqual(pair);
  const bare = { ...pair, refreshToken: null, expiresAtMs: null };
  expect(openBox(closeBox(bare, key, 's', 1), key, 's', 1)).toEqual(bare);
});

test('the same pair never makes the same box twice, and no box shows what is in it', () => {
  expect(closeBox(pair, key, 'session', 3)).not.toBe(box);
  expect(Buffer.from(box, 'base64url').toString('latin1')).not.toContain('access');
});

test.each([
  ['another key', newBoxKey(), 'session', 3],
  ['a key that is none', 'short', 'session', 3],
  ['another session', key, 'session2', 3],
  ['another version', key, 'session', 4],
])('a box does not open with %s', (_, boxKey, id, version) => {
  expect(openBox(box, boxKey, id, version)).toBeNull();
});

test('a box with any of its bits turned, cut short or drawn out does not open', () => {
  const bytes = Buffer.from(box, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(openBox(damaged.toString('base64url'), key, 'session', 3)).toBeNull();
  }
  for (let length = 0; length < bytes.length; length += 1) {
    expect(openBox(bytes.subarray(0, length).toString('base64url'), key, 'session', 3)).toBeNull();
  }
  expect(openBox(`${box}AAAA`, key, 'session', 3)).toBeNull();
});

test('whatever is not a box does not open, and throws nothing', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, boxKey) => openBox(text, boxKey, 'session', 3) === null),
  );
});

test('keys are 32 random bytes', () => {
  expect(Buffer.from(newBoxKey(), 'base64url')).toHaveLength(32);
  expect(new Set(Array.from({ length: 100 }, newBoxKey)).size).toBe(100);
});

describe('a seal that leads to a box again', () => {
  const sealOf = (id: string, boxKey = key): SealedSession => ({
    id,
    version: 1,
    user: { id: 'ada', name: 'Ada' },
    pair,
    boxKey,
    epoch: 0,
    createdAtMs: 0,
  });

  test('gets the pair that was opened for it, which no one can change', () => {
    const open = createBoxOpener();
    const seal = sealOf('session');
    const first = open(seal, box, 3);
    expect(first).toEqual(pair);
    expect(open(seal, `${box}`, 3)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  test('gets the newest pair once the record moved on', () => {
    const open = createBoxOpener();
    const seal = sealOf('session');
    open(seal, box, 3);
    expect(open(seal, box, 4)).toBeNull();
    const next = { ...pair, accessToken: 'newer' };
    expect(open(seal, closeBox(next, key, 'session', 4), 4)).toEqual(next);
    expect(open(seal, closeBox({ ...next, accessToken: 'other' }, key, 'session', 4), 4)?.accessToken).toBe(
      'other',
    );
  });

  test('gets nothing that was opened for another seal', () => {
    const open = createBoxOpener();
    expect(open(sealOf('session'), box, 3)).toEqual(pair);
    expect(open(sealOf('session', newBoxKey()), box, 3)).toBeNull();
    expect(open(sealOf('stranger'), box, 3)).toBeNull();
  });
});
