import { memoryLimiter } from '../../../server/http/failureCounts.ts';
import { createThrottle, type LimiterOf } from '../../../server/http/loginThrottle.ts';

const refused = { msBeforeNext: expect.any(Number) };

/** Limiters that remember which keys they were asked to count. */
function watchedLimiters() {
  const keys = new Map<string, Set<string>>();
  const limiterOf: LimiterOf = (prefix, points, seconds) => {
    const limiter = memoryLimiter(points, seconds);
    const seen = new Set<string>();
    keys.set(prefix.split(':').at(-1) ?? '', seen);
    return { ...limiter, consume: (key) => (seen.add(key), limiter.consume(key)) };
  };
  return { keys, limiterOf };
}

test('a limiter refuses past its limit, says for how long, and takes counts back', async () => {
  const limiter = memoryLimiter(2, 60);
  await limiter.consume('a');
  await limiter.consume('a');
  await expect(limiter.consume('a')).rejects.toEqual(refused);
  await limiter.consume('b');
  await limiter.reward('a');
  await limiter.reward('a');
  await limiter.consume('a');
});

test('a limiter forgets the key that was used longest ago once it holds as many as it may', async () => {
  const limiter = memoryLimiter(1, 60, 3);
  for (const key of ['a', 'b', 'c']) await limiter.consume(key);
  await expect(limiter.consume('a')).rejects.toEqual(refused);
  await limiter.consume('d');
  await limiter.consume('b');
  await expect(limiter.consume('a')).rejects.toEqual(refused);
});

test('a login that is refused for its address counts no name', async () => {
  const { keys, limiterOf } = watchedLimiters();
  const throttle = createThrottle(limiterOf);
  const fail = async (name: string) => {
    const attempt = await throttle.attempt(name, '203.0.113.1');
    if ('settle' in attempt) await attempt.settle(true);
    return attempt;
  };
  for (let name = 0; name < 50; name += 1) await fail(`name-${name}`);
  for (let name = 50; name < 5000; name += 1)
    expect(await fail(`name-${name}`)).toEqual({ retryAfterMs: expect.any(Number) });
  expect([keys.get('pair')?.size, keys.get('address')?.size]).toEqual([50, 1]);
});

test('where the address is shared fifty failures close no one else’s login, and five close a name', async () => {
  const throttle = createThrottle();
  const attempt = (name: string) => throttle.attempt(name, '10.0.0.1', true);
  for (let name = 0; name < 60; name += 1) {
    const one = await attempt(`name-${name}`);
    if ('settle' in one) await one.settle(true);
  }
  for (let tries = 0; tries < 5; tries += 1) {
    const one = await attempt('grace');
    expect(one).toHaveProperty('settle');
    if ('settle' in one) await one.settle(true);
  }
  expect(await attempt('grace')).toEqual({ retryAfterMs: expect.any(Number) });
  expect(await attempt('ada')).toHaveProperty('settle');
});

test('where the shared limiter does not answer a limiter of the process counts', async () => {
  const throttle = createThrottle(() => ({
    consume: () => Promise.reject(new Error('unreachable')),
    reward: () => Promise.reject(new Error('unreachable')),
  }));
  for (let tries = 0; tries < 5; tries += 1) {
    const one = await throttle.attempt('ada', '203.0.113.1');
    if ('settle' in one) await one.settle(true);
  }
  expect(await throttle.attempt('ada', '203.0.113.1')).toEqual({ retryAfterMs: expect.any(Number) });
});
