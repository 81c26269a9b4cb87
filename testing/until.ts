import { setTimeout as wait } from 'node:timers/promises';

/** Waits until `holds` does, looking every few milliseconds: for what another process does, where no gate can be. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { withinMs = 20_000, what = 'what was waited for' } = {},
): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await wait(10);
  }
}

/** Whether a promise is kept. */
export function works(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
