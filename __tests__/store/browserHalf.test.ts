import { callLater } from '../../store/browserHalf.ts';

test('calls of what is loaded later load it with the first call, and are no promise themselves', async () => {
  const load = jest.fn(async () => ({ double: (n: number) => Promise.resolve(2 * n) }));
  const hand = async () => callLater(load);
  const calls = await hand();
  expect(load).not.toHaveBeenCalled();
  expect(await calls.double(21)).toBe(42);
});

test('a call of what could not be loaded is rejected with the reason', async () => {
  const calls = callLater<{ double(n: number): Promise<number> }>(() =>
    Promise.reject(new Error('no network')),
  );
  await expect(calls.double(1)).rejects.toThrow('no network');
});
