import { StoreUnreachable, type SessionStore } from '../../../server/store/contracts.ts';
import { deferred } from '../../support/deferred.ts';

export type StoreCall = keyof SessionStore | 'lease.extend' | 'lease.release';

/** What a test does to calls of a store. */
export interface Trouble {
  /** Runs before a call; what it returns is waited for. */
  before: ((call: StoreCall) => Promise<void> | undefined) | null;
  /** Runs when a call has had its effect and before its answer arrives. */
  after: ((call: StoreCall) => Promise<void> | undefined) | null;
  /** Which calls cannot reach the store at all. */
  down: (call: StoreCall) => boolean;
}

/** A store that can be out of reach, and whose calls can be held on the way. */
export function troubledStore(inner: SessionStore): { store: SessionStore; trouble: Trouble } {
  const trouble: Trouble = { before: null, after: null, down: () => false };

  const through =
    <A extends unknown[], R>(call: StoreCall, work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await trouble.before?.(call);
      if (trouble.down(call)) throw new StoreUnreachable(new Error('The test took it away.'));
      const result = await work(...args);
      await trouble.after?.(call);
      return result;
    };

  const acquire: SessionStore['acquire'] = async (id, ttlMs) => {
    const lease = await inner.acquire(id, ttlMs);
    return (
      lease && {
        record: lease.record,
        extend: through('lease.extend', lease.extend),
        release: through('lease.release', lease.release),
      }
    );
  };
  const store: SessionStore = {
    read: through('read', inner.read),
    commit: through('commit', inner.commit),
    markSeen: through('markSeen', inner.markSeen),
    dropBox: through('dropBox', inner.dropBox),
    end: through('end', inner.end),
    epochOf: through('epochOf', inner.epochOf),
    epochAtLogin: through('epochAtLogin', inner.epochAtLogin),
    raiseEpoch: through('raiseEpoch', inner.raiseEpoch),
    addToIndex: through('addToIndex', inner.addToIndex),
    sessionsOf: through('sessionsOf', inner.sessionsOf),
    setName: through('setName', inner.setName),
    removeFromIndex: through('removeFromIndex', inner.removeFromIndex),
    acquire: through('acquire', acquire),
    setReused: through('setReused', inner.setReused),
    reusedAt: through('reusedAt', inner.reusedAt),
    failures: through('failures', inner.failures),
    setFailures: through('setFailures', inner.setFailures),
    countFailure: through('countFailure', inner.countFailure),
    setHealthy: through('setHealthy', inner.setHealthy),
    ready: through('ready', inner.ready),
    close: inner.close,
  };
  return { store, trouble };
}

/** Holds the first call of a kind until the test lets it go. */
export function holdFirst(trouble: Trouble, held: StoreCall, when: 'before' | 'after' = 'before') {
  const reached = deferred();
  const opened = deferred();
  trouble[when] = (call) => {
    if (call !== held) return undefined;
    trouble[when] = null;
    reached.resolve();
    return opened.promise;
  };
  return { reached: reached.promise, open: opened.resolve };
}
