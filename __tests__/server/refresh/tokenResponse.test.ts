import { parseRetryAfter } from '../../../contract/retryAfter.ts';
import { readTokenPair, readUser } from '../../../server/issuers/tokenResponse.ts';

const NOW_MS = 1_000_000;
const read = (body: Record<string, unknown>, old: string | null = 'old') => readTokenPair(body, NOW_MS, old);

describe('a token response', () => {
  test('is read as a pair with the time when its access token dies', () => {
    expect(read({ access_token: 'a', refresh_token: 'r', expires_in: 10 })).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      expiresAtMs: NOW_MS + 10_000,
      refreshedAtMs: NOW_MS,
    });
  });

  test.each([
    [10, 10_000],
    ['10', 10_000],
    [0.5, 500],
    [Number.MAX_SAFE_INTEGER, 366 * 86_400_000],
    ['9'.repeat(300), 366 * 86_400_000],
    [undefined, null],
    [null, null],
    ['', null],
    [' ', null],
    ['soon', null],
    [0, null],
    ['0', null],
    [-3600, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    ['Infinity', null],
    [[10], null],
    [{ valueOf: 10 }, null],
    [true, null],
  ])('that says expires_in %p lives %p ms', (expires_in, lifeMs) => {
    const expiresAtMs = read({ access_token: 'a', expires_in })?.expiresAtMs;
    expect(expiresAtMs).toBe(lifeMs === null ? null : NOW_MS + lifeMs);
  });

  test.each([undefined, null, '', 7, {}])('whose access token is %p is none', (access_token) => {
    expect(read({ access_token, refresh_token: 'r' })).toBeNull();
  });

  test.each([undefined, null, '', 7])('whose refresh token is %p keeps the old one', (refresh_token) => {
    expect(read({ access_token: 'a', refresh_token })?.refreshToken).toBe('old');
    expect(read({ access_token: 'a', refresh_token }, null)?.refreshToken).toBeNull();
  });
});

describe('a person', () => {
  test('is named by claims or by the user of our own upstream', () => {
    expect(readUser({ sub: 's', name: 'Ada', email: 'a@example.com', role: 'x' })).toEqual({
      id: 's',
      name: 'Ada',
      email: 'a@example.com',
    });
    expect(readUser({ id: 7, preferred_username: 'ada' })).toEqual({
      id: '7',
      name: 'ada',
      preferred_username: 'ada',
    });
    expect(readUser({ id: 'x', name: 'n'.repeat(257) })).toEqual({ id: 'x', name: 'x' });
  });

  test.each([null, undefined, 'ada', {}, { id: '' }, { id: {} }])('is no one in %p', (claims) => {
    expect(readUser(claims)).toBeNull();
  });
});

describe('Retry-After', () => {
  test.each([
    ['7', 7000],
    ['0', 0],
    [new Date(NOW_MS + 5000).toUTCString(), 5000],
    [new Date(NOW_MS - 5000).toUTCString(), 0],
    ['soon', null],
    ['-3', null],
    ['3.5', null],
    ['9'.repeat(400), null],
    [undefined, null],
    [['1', '2'], null],
  ])('%p is %p ms', (value, ms) => {
    expect(parseRetryAfter(value, NOW_MS)).toBe(ms);
  });
});
