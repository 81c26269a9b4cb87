/** A promise and the keys to it: the gate that a test opens by hand instead of sleeping. */
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
  promise.catch(() => {}); // a gate that nobody waits at
  return { promise, resolve, reject };
}

/** Lets everything happen that waits for nothing but promises; no timer runs meanwhile. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 80; turn++) await null;
}
