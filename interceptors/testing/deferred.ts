/** A promise with its `resolve` and `reject`: the gate that a test opens itself instead of sleeping. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {}); // no unhandled rejection where no code waits for it
  return { promise, resolve, reject };
}

/** Lets everything run that waits only for promises; no timer runs. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 80; turn++) await null;
}
