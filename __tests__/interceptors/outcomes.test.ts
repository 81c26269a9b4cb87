import { AxiosError } from 'axios';
import { isExpired, isFinal, retryAfterMs } from '../../interceptors/outcome.ts';
import { isReauthError } from '../../interceptors/reauthError.ts';
import { answer, refusal } from '../../interceptors/testing/answers.ts';
import { createTabs, settled } from '../../interceptors/testing/tabs.ts';
import type { ReauthOptions } from '../../interceptors/reauthOptions.ts';

function expiredTab(options: Partial<ReauthOptions> = {}) {
  const fake = createTabs(1, options);
  fake.backend.expire();
  return { ...fake, ...fake.tabs[0]! };
}

const dead = () => {
  throw refusal('upstream_unavailable');
};

describe('a passing failure', () => {
  test.each(['lost', 'upstream_unavailable', 'misconfigured', 'upstream_timeout'] as const)(
    'a failure of kind %s is tried again, and the caller gets its answer',
    async (kind) => {
      const { backend, clock, send, reauth } = expiredTab();
      backend.script(kind, kind);
      const request = send('/a');
      await clock.advance(3000);
      expect([await request, reauth.state]).toEqual(['200', 'idle']);
    },
  );

  test.each([
    ['HTML with a 200', () => '<html>'],
    ['null', () => null],
    ['a session without version', () => ({ session: { id: 's1' } })],
    ['an error of no kind', () => Promise.reject(undefined)],
  ])('an answer that makes no sense is a passing failure: %s', async (_, nonsense) => {
    const { backend, clock, send, reauth } = expiredTab();
    backend.script(nonsense);
    const request = send('/a');
    await clock.advance(3000);
    expect([await request, backend.refreshes, reauth.state]).toEqual(['200', 2, 'idle']);
  });

  test('a passing failure is tried four times with growing pauses, then refuses all and keeps the session', async () => {
    const { backend, clock, http, reauth, events } = expiredTab({ refresh: dead });
    const request = http.get('/a');
    request.catch(() => {});
    await clock.advance(5600);
    await expect(request).rejects.toMatchObject({
      code: 'ERR_REFRESH_UNAVAILABLE',
      response: { status: 401 },
      cause: { code: 'ERR_BAD_RESPONSE' },
    });
    expect(clock.now() - 800 - 1600 - 3200).toBe(0);
    expect(reauth.state).toBe('idle');
    expect(events.find(({ type }) => type === 'refreshFailed')).toMatchObject({ retryInMs: 2000 });
    expect(backend.arrivals).toHaveLength(1);
  });

  test('a failure of the last try does not count if the hint says that the session was refreshed', async () => {
    const { backend, clock, send } = expiredTab();
    backend.script('upstream_unavailable', 'upstream_unavailable', 'upstream_unavailable', 'lost');
    const request = send('/a');
    await clock.advance(5600);
    expect([await request, backend.refreshes]).toEqual(['200', 4]);
  });

  test('a failure with Retry-After is tried again then, not before', async () => {
    const { backend, clock, send } = expiredTab();
    backend.script(() => Promise.reject(refusal('upstream_unavailable', { 'retry-after': '7' })));
    const request = send('/a');
    await clock.advance(6999);
    expect(backend.refreshes).toBe(1);
    await clock.advance(1);
    expect([await request, backend.refreshes]).toEqual(['200', 2]);
  });

  test('the engine does not wait for a Retry-After beyond its budget', async () => {
    const { backend, clock, send } = expiredTab();
    backend.script(() => Promise.reject(refusal('upstream_unavailable', { 'retry-after': '120' })));
    expect(await send('/a')).toBe('ERR_REFRESH_UNAVAILABLE');
    await clock.advance(119_000);
    expect([await send('/b'), backend.refreshes]).toEqual(['ERR_REFRESH_UNAVAILABLE', 1]);
    await clock.advance(1000);
    expect([await send('/c'), backend.refreshes]).toEqual(['200', 2]);
  });
});

describe('an outage', () => {
  test('an outage costs one call for each window, and the windows grow', async () => {
    let calls = 0;
    const { clock, send, reauth } = expiredTab({
      refresh: () => {
        calls++;
        return dead();
      },
    });
    const first = send('/0');
    await clock.advance(5600);
    expect([await first, calls]).toEqual(['ERR_REFRESH_UNAVAILABLE', 4]);
    for (const [windowMs, soFar] of [
      [2000, 4],
      [4000, 5],
      [8000, 6],
    ] as const) {
      await clock.advance(windowMs - 1);
      expect([await send('/in'), calls]).toEqual(['ERR_REFRESH_UNAVAILABLE', soFar]);
      await clock.advance(1);
      expect([await send('/after'), calls]).toEqual(['ERR_REFRESH_UNAVAILABLE', soFar + 1]);
    }
    expect(reauth.state).toBe('idle');
  });

  test('all tabs share the window of an outage', async () => {
    const { backend, clock, tabs } = createTabs(3);
    backend.expire();
    backend.script(...Array.from({ length: 4 }, () => 'upstream_unavailable' as const));
    const first = tabs[0]!.send('/0');
    await clock.advance(5600);
    expect(await first).toBe('ERR_REFRESH_UNAVAILABLE');
    expect(await tabs[1]!.send('/1')).toBe('ERR_REFRESH_UNAVAILABLE');
    expect(await tabs[2]!.send('/2')).toBe('ERR_REFRESH_UNAVAILABLE');
    expect(backend.refreshes).toBe(4);
  });

  test('an outage emits no event while the server is not called', async () => {
    const { clock, send, events } = expiredTab({ refresh: dead });
    void send('/a');
    await clock.advance(5600);
    const before = events.filter(({ type }) => type.startsWith('refresh')).length;
    await send('/b');
    expect(events.filter(({ type }) => type.startsWith('refresh'))).toHaveLength(before);
  });

  test('an outage is forgotten after a success, and when its end lies too far off to be true', async () => {
    const notes = new Map([['reseal_cooldown', '99999999999999 3']]);
    const storage = { getItem: (key: string) => notes.get(key) ?? null, setItem: notes.set.bind(notes) };
    const { backend, send, clock } = expiredTab({ storage });
    backend.script('lost', 'upstream_unavailable');
    const request = send('/a');
    await clock.advance(3000);
    expect(await request).toBe('200');
    expect(notes.get('reseal_cooldown')).toBe('');
  });

  test('the tab itself remembers an outage where storage throws', async () => {
    const no = () => {
      throw new Error('SecurityError');
    };
    const refresh = jest.fn(dead);
    const { clock, send } = expiredTab({ refresh, storage: { getItem: no, setItem: no } });
    const request = send('/a');
    await clock.advance(5600);
    expect([await request, await send('/b')]).toEqual(Array(2).fill('ERR_REFRESH_UNAVAILABLE'));
    expect(refresh).toHaveBeenCalledTimes(4);
  });
});

describe('a final refusal', () => {
  test('a final refusal ends the session and refuses all that wait, with their 401 and the reason', async () => {
    const { backend, http, reauth, events } = expiredTab();
    backend.script('session_ended');
    await expect(http.get('/a')).rejects.toMatchObject({
      code: 'ERR_SESSION_ENDED',
      response: { status: 401 },
      cause: { message: 'session_ended' },
    });
    expect(reauth.state).toBe('ended');
    expect(events.find(({ type }) => type === 'sessionEnded')).toMatchObject({ reason: 'session_ended' });
  });

  test('a final refusal is doubted if the hint has moved on since the refresh was sent', async () => {
    const { backend, send, reauth } = expiredTab({ watchHint: () => () => {} });
    backend.script(async () => {
      await backend.refresh({ staleVersion: 1, signal: new AbortController().signal }); // another tab
      throw refusal('session_ended');
    });
    expect([await send('/a'), reauth.state]).toEqual(['200', 'idle']);
  });

  test('a final refusal is believed the third time, even if the hint moves each time', async () => {
    let version = 1;
    let calls = 0;
    const { reauth } = createTabs(1, {
      readHint: () => ({ id: 's1', version }),
      refresh: async () => {
        calls++;
        version++;
        throw refusal('session_ended');
      },
    }).tabs[0]!;
    await expect(reauth.refresh()).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' });
    expect(calls).toBe(3);
  });

  const hint = () => ({ id: 's1', version: 1 });
  const info = {
    user: { id: 'a', name: 'A' },
    session: { id: 's1', version: 1, expiresInMs: 1, endsInMs: 1 },
  };

  test('no_session beside a hint is asked about once: if whoAmI finds a session, the refresh is tried again', async () => {
    const whoAmI = jest.fn(async () => info);
    const { backend, send } = expiredTab({ readHint: hint, whoAmI });
    backend.script('no_session');
    expect([await send('/a'), backend.refreshes, whoAmI.mock.calls.length]).toEqual(['200', 2, 1]);
  });
  test('no_session beside a hint is believed if whoAmI finds no session', async () => {
    const { backend, send } = expiredTab({
      readHint: hint,
      whoAmI: () => Promise.reject(refusal('no_session')),
    });
    backend.script('no_session');
    expect([await send('/a'), backend.refreshes]).toEqual(['ERR_SESSION_ENDED', 1]);
  });
  test('no_session beside a hint keeps the session if whoAmI fails', async () => {
    const { backend, clock, send, reauth } = expiredTab({
      readHint: hint,
      whoAmI: () => Promise.reject(new AxiosError()),
    });
    backend.script('no_session');
    const request = send('/a');
    await clock.advance(1000);
    expect([await request, reauth.state]).toEqual(['200', 'idle']);
  });
  test('without a hint no_session is believed at once', async () => {
    const { backend, send } = expiredTab({ readHint: () => null });
    backend.script('no_session');
    expect(await send('/a')).toBe('ERR_SESSION_ENDED');
  });
});

describe('what an answer says', () => {
  const of = (headers: Record<string, string>, status = 401, data: unknown = '') => {
    const response = { ...answer({ headers: {} as never }, null), status, headers, data };
    return new AxiosError('', '', undefined, undefined, response);
  };
  test.each([
    [{}, true],
    [{ 'x-reseal-reason': 'token_expired' }, true],
    [{ 'X-RESEAL-REASON': 'session_ended' }, false],
    [{ 'WWW-Authenticate': 'Bearer' }, true],
    [{ 'WWW-Authenticate': 'Bearer error="invalid_token"' }, true],
    [{ 'WWW-Authenticate': 'Bearer error=invalid_token' }, true],
    [{ 'WWW-Authenticate': 'Bearer error="insufficient_scope"' }, false],
  ])('a 401 with %j asks for a refresh: %s', (headers, asks) => {
    expect(isExpired(of(headers))).toBe(asks);
  });
  test('a final code counts from the body where the header is not readable', () => {
    expect(isFinal(of({}, 401, { code: 'session_ended' }))).toBe(true);
    expect(isFinal(of({}, 401, { code: 'invalid_credentials' }))).toBe(false);
    expect(isFinal(new Error('anything'))).toBe(false);
  });
  test('Retry-After is read in seconds or as a date', () => {
    expect(retryAfterMs(of({ 'Retry-After': '3' }))).toBe(3000);
    const ms = retryAfterMs(of({ 'Retry-After': new Date(Date.now() + 60_000).toUTCString() }));
    expect(ms).toBeGreaterThan(50_000);
    expect(ms).toBeLessThanOrEqual(60_000);
    expect(retryAfterMs(of({}))).toBeUndefined();
  });
});

test('an error of the engine is an AxiosError that travels as JSON, its cause beside it', async () => {
  const { backend, http } = expiredTab();
  backend.script('session_ended');
  const error = await http.get('/a').catch((thrown: unknown) => thrown);
  await settled();
  expect([error instanceof AxiosError, isReauthError(error), isReauthError(new AxiosError())]).toEqual([
    true,
    true,
    false,
  ]);
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'ERR_SESSION_ENDED', status: 401 });
  expect(Object.keys(error as object)).not.toContain('cause');
});
