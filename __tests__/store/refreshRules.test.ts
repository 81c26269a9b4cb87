import fc from 'fast-check';
import { signedIn, UNKNOWN, type AuthState } from '../../store/authState.ts';
import { judgeHint } from '../../store/hintRules.ts';
import { LONGEST_TIMER_MS, refreshInMs, timerStep } from '../../store/refreshRules.ts';

const settings = { marginMs: 30_000, retryMs: 30_000 };
const held = (expiresInMs: number | null, seenAtMs = 0) =>
  signedIn(
    {
      user: { id: 'u', name: 'Ada' },
      session: { id: 's', version: 2, expiresInMs, endsInMs: 1e9 },
      seenAtMs,
    },
    1,
  );
const at = (auth: AuthState, nowMs: number, more: { visible?: boolean; failedAtMs?: number } = {}) =>
  refreshInMs({ auth, nowMs, visible: true, failedAtMs: null, ...more }, settings);

describe('when to refresh unasked', () => {
  test('is a margin before the token expires, counted from when the server said how long it lives', () => {
    expect(at(held(300_000, 1000), 1000)).toBe(270_000);
    expect(at(held(300_000, 1000), 201_000)).toBe(70_000);
  });

  test('is now, once the moment has passed, and not twice', () => {
    expect(at(held(300_000), 290_000)).toBe(0);
    expect(at(held(300_000), 9_999_999)).toBe(0);
  });

  test('is never for a hidden tab, for a page that is signed out, or while a refresh runs', () => {
    expect(at(held(300_000), 290_000, { visible: false })).toBeNull();
    expect(at(UNKNOWN, 0)).toBeNull();
    expect(at({ status: 'signedOut', epoch: 1, reason: 'logged_out' }, 0)).toBeNull();
    expect(at({ ...held(300_000), refresh: 'refreshing' }, 290_000)).toBeNull();
  });

  test('is never for a token that lives no longer than twice the margin: that one is left to the 401', () => {
    expect(at(held(10_000), 0)).toBeNull();
    expect(at(held(60_000), 0)).toBeNull();
    expect(at(held(60_001), 0)).toBe(30_001);
  });

  test.each([null, Number.NaN, Infinity, 0, -5])('is never for a token that lives %s', (expiresInMs) => {
    expect(at(held(expiresInMs), 0)).toBeNull();
  });

  test('waits after a refresh that failed', () => {
    expect(at({ ...held(300_000), refresh: 'degraded' }, 280_000, { failedAtMs: 275_000 })).toBe(25_000);
  });

  test('is never so long that a timer would fire at once', () => {
    const year = 365 * 86_400_000;
    expect(at(held(year), 0)).toBe(year - 30_000);
    expect(timerStep(year)).toBe(LONGEST_TIMER_MS);
    expect(timerStep(5)).toBe(5);
  });

  test('never comes in a loop: whatever the lifetimes, two refreshes are a margin apart or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 10 }), fc.integer({ min: 0, max: 10 ** 9 }), (ttl, now) => {
        const wait = at(held(ttl, now), now);
        return wait === null || wait > settings.marginMs;
      }),
    );
  });
});

describe('what the hint suggests', () => {
  const signedInAs = held(300_000);
  test.each([
    ['another session: ask at once', signedInAs, { id: 'other', version: 1 }, 'ask'],
    ['a missing one: nothing', signedInAs, null, 'nothing'],
    ['a newer version: ask when the page is visible', signedInAs, { id: 's', version: 3 }, 'askWhenVisible'],
    ['the same version: nothing', signedInAs, { id: 's', version: 2 }, 'nothing'],
    ['an older version: nothing', signedInAs, { id: 's', version: 1 }, 'nothing'],
    [
      'a session on a page that is signed out: ask',
      { status: 'signedOut', epoch: 1, reason: 'logged_out' },
      { id: 's', version: 1 },
      'ask',
    ],
    ['a session before the first question: ask', UNKNOWN, { id: 's', version: 1 }, 'ask'],
    [
      'none on a page that is signed out: nothing',
      { status: 'signedOut', epoch: 1, reason: 'logged_out' },
      null,
      'nothing',
    ],
    [
      'anything while logging in: nothing',
      { status: 'signingIn', epoch: 1 },
      { id: 's', version: 1 },
      'nothing',
    ],
  ] as const)('%s', (_, auth, hint, verdict) => {
    expect(judgeHint(hint, auth)).toBe(verdict);
  });
});
