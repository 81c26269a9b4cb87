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

    /** Settles as the reply does, or rejects once it is overdue; it stays awaited. */
    bounded<T>(reply: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        let state: 'waiting' | 'late' | 'settled' = 'waiting';
        const giveUp = () => {
          if (state !== 'waiting') return;
          state = 'late';
          overdue += 1;
          reject(new Error('The reply of Redis is overdue.'));
        };
        // One turn of grace: where this process itself stood still, the reply is there already and not yet read.
        const timer = setTimeout(() => setImmediate(giveUp), boundMs);
        const settle = () => {
          clearTimeout(timer);
          if (state === 'late') overdue -= 1;
          state = 'settled';
        };
        reply.then(resolve, reject).finally(settle);
      });
    },
  };
}
