import { CanceledError, type InternalAxiosRequestConfig } from 'axios';
import { deferred, type Deferred } from './deferred.ts';

/** One answer that a test holds back. It is decided when the request arrives, and leaves at `release`. */
export interface Held {
  readonly arrived: Promise<void>;
  release(): void;
}

/** Creates the gates of a backend: `hold` sets one, and the next call of `pass` waits at it. */
export function createGates() {
  const gates = new Map<string, { readonly arrived: Deferred<void>; readonly open: Deferred<void> }[]>();
  return {
    hold(key: string): Held {
      const gate = { arrived: deferred(), open: deferred() };
      gates.set(key, [...(gates.get(key) ?? []), gate]);
      return { arrived: gate.arrived.promise, release: () => gate.open.resolve() };
    },
    /** Passes the gate of `key`, if a test has set one; an abort opens it with axios's own error. */
    async pass(key: string, signal: InternalAxiosRequestConfig['signal']): Promise<void> {
      const gate = gates.get(key)?.shift();
      if (!gate) return;
      gate.arrived.resolve();
      const abort = () => gate.open.reject(new CanceledError());
      signal?.addEventListener?.('abort', abort);
      if (signal?.aborted) abort();
      await gate.open.promise.finally(() => signal?.removeEventListener?.('abort', abort));
    },
  };
}
