import { ourError } from '../../resealError.ts';

/**
 * Makes what waits for the replies of one connection, each at most `boundMs`.
 *
 * Replies come in the order of their commands. While one is overdue those behind it would be late too, so that
 * nothing should be sent: `isStalled` tells.
 */
export function createReplies(boundMs: number) {
  let overdue = 0;
  return {
    isStalled: () => overdue > 0,

    /**
     * Starts a command and settles as its reply does, or rejects once the reply is overdue; it stays awaited.
     *
     * `start` gets a signal that aborts then: a command that is not sent yet must not be sent later, when its
     * caller has already heard that it failed.
     */
    bounded<T>(start: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const late = new AbortController();
      return new Promise((resolve, reject) => {
        let state: 'waiting' | 'late' | 'settled' = 'waiting';
        const giveUp = () => {
          if (state !== 'waiting') return;
          state = 'late';
          overdue += 1;
          reject(ourError('The reply of Redis is overdue.'));
          late.abort();
        };
        // One turn of grace: where this process itself stood still, the reply is there already and not yet read.
        const timer = setTimeout(() => setImmediate(giveUp), boundMs);
        const settle = () => {
          clearTimeout(timer);
          if (state === 'late') overdue -= 1;
          state = 'settled';
        };
        start(late.signal).then(resolve, reject).finally(settle);
      });
    },
  };
}

export type Replies = ReturnType<typeof createReplies>;
