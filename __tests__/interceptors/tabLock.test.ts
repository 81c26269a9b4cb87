import { createTabLock, underLock } from '../../interceptors/tabLock.ts';
import { createFakeClock } from '../../interceptors/testing/fakeClock.ts';
import { createSharedLock, deferred, settled } from '../../interceptors/testing/tabs.ts';

describe('the lock', () => {
  const clock = createFakeClock();
  const work = () => Promise.resolve('done');

  test.each([
    [
      'throws',
      () => {
        throw new Error('SecurityError');
      },
    ],
    ['rejects', () => Promise.reject(new Error('AbortError'))],
    ['answers without doing the work', () => Promise.resolve(undefined as never)],
  ])('that %s is survived: the work is done without', async (_, lock) => {
    const done = jest.fn(work);
    expect(await underLock(lock, done, 1000, clock)).toBe('done');
    expect([done.mock.calls.length, clock.timers]).toEqual([1, 0]);
  });

  test('a lock that is granted late is held for as long as the work that has begun', async () => {
    const lock = createSharedLock();
    const [first, second] = [deferred(), deferred()];
    void lock(() => first.promise);
    const done = jest.fn(() => second.promise);
    const outcome = underLock(lock, done, 1000, clock);
    await clock.advance(1000);
    expect(done).toHaveBeenCalledTimes(1);
    const third = jest.fn(work);
    void lock(third);
    first.resolve();
    await settled();
    expect(third).not.toHaveBeenCalled();
    second.resolve();
    await outcome;
    await settled();
    expect([done.mock.calls.length, third.mock.calls.length]).toEqual([1, 1]);
  });

  test('a failure of the work is the failure of the locked work', async () => {
    await expect(
      underLock(createSharedLock(), () => Promise.reject(new Error('no')), 1000, clock),
    ).rejects.toThrow('no');
  });

  test('the lock is the Web Lock where there is one, else an order within the page', async () => {
    const request = jest.fn((_: string, task: () => unknown) => task());
    const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Object.defineProperty(globalThis, 'navigator', { value: { locks: { request } }, configurable: true });
    expect(await createTabLock('reseal')(work)).toBe('done');
    expect(request).toHaveBeenCalledWith('reseal', work);
    Object.defineProperty(globalThis, 'navigator', { value: undefined, configurable: true });
    const lock = createTabLock('reseal');
    const gate = deferred();
    const order: number[] = [];
    const first = lock(() => gate.promise.then(() => order.push(1)));
    const second = lock(async () => order.push(2));
    await settled();
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual([1, 2]);
    if (navigator) Object.defineProperty(globalThis, 'navigator', navigator);
  });
});
