import { memoryStore } from '../../server/store/tableStore.ts';
import { StoreUnreachable, type SessionStore } from '../../server/store/contracts.ts';
import type { Ledger } from './ledger.ts';
import type { Link, Network } from './network.ts';
import type { Process, VirtualTime } from './time.ts';

const NOTICES_AFTER_MS = 200;

/** What the store did, for the ledger. */
export interface Applied {
  readonly op: keyof SessionStore | 'extend' | 'release';
  readonly process: Process;
  readonly args: readonly unknown[];
  readonly result: unknown;
}

/**
 * The real in-memory store, standing where Redis stands: at the end of a wire, one for all instances. Without a
 * wire (`isRemote: false`) it is each process's own and dies with it.
 */
export class StoreServer {
  private inner: SessionStore;
  private downUntilMs = 0;
  private readonly time: VirtualTime;
  private readonly network: Network;
  private readonly ledger: Ledger;
  private readonly heard: (applied: Applied) => void;

  constructor(parts: {
    time: VirtualTime;
    network: Network;
    ledger: Ledger;
    heard: (applied: Applied) => void;
  }) {
    this.time = parts.time;
    this.network = parts.network;
    this.ledger = parts.ledger;
    this.heard = parts.heard;
    this.inner = this.empty();
  }

  lose(): void {
    this.ledger.forgotAtMs.push(this.time.nowMs);
    this.inner = this.empty();
  }

  goDown(ms: number): void {
    this.downUntilMs = Math.max(this.downUntilMs, this.time.nowMs + ms);
    this.ledger.outages.push({ fromMs: this.time.nowMs, untilMs: this.downUntilMs + 2 * NOTICES_AFTER_MS });
  }

  private empty(): SessionStore {
    const { time } = this;
    return memoryStore({ now: () => time.nowMs, setTimeout: () => 0, clearTimeout: () => undefined });
  }

  /** The store as one process reaches it; its calls keep their order, as on one connection. */
  asSeenBy(process: Process, isRemote: boolean): SessionStore {
    let freeAtMs = 0;
    const own = isRemote ? null : this.inner;

    const call = <T>(
      op: Applied['op'],
      args: readonly unknown[],
      run: (store: SessionStore) => Promise<T>,
    ): Promise<T> => {
      const apply = async (store: SessionStore): Promise<T> => {
        const result = await run(store);
        this.heard({ op, process, args, result });
        return result;
      };
      if (own) return apply(own);
      return new Promise((resolve, reject) => {
        const link = linkOf(op);
        const unreachable = (ms: number) => {
          // One answer too late is an outage to anyone who waits for it.
          this.ledger.outages.push({ fromMs: this.time.nowMs, untilMs: this.time.nowMs + ms });
          this.time.in(ms, () => process.deliver(() => reject(new StoreUnreachable(new Error(op)))));
        };
        const going = this.network.take(link, 'request');
        const arrivesInMs = Math.max(
          freeAtMs - this.time.nowMs,
          this.network.latencyMs('near') + (going?.delayMs ?? 0),
        );
        freeAtMs = this.time.nowMs + arrivesInMs;
        this.time.in(arrivesInMs, () => {
          if (going?.lose || this.downUntilMs > this.time.nowMs) return unreachable(NOTICES_AFTER_MS);
          const coming = this.network.take(link, 'answer');
          void apply(this.inner).then((result) => {
            if (coming?.lose) return unreachable(NOTICES_AFTER_MS);
            const ms = this.network.latencyMs('near') + (coming?.delayMs ?? 0);
            this.time.in(ms, () => process.deliver(() => resolve(result)));
          });
        });
      });
    };

    return {
      read: (...args) => call('read', args, (store) => store.read(...args)),
      commit: (...args) => call('commit', args, (store) => store.commit(...args)),
      markSeen: (...args) => call('markSeen', args, (store) => store.markSeen(...args)),
      dropBox: (...args) => call('dropBox', args, (store) => store.dropBox(...args)),
      end: (...args) => call('end', args, (store) => store.end(...args)),
      epochOf: (...args) => call('epochOf', args, (store) => store.epochOf(...args)),
      epochAtLogin: (...args) => call('epochAtLogin', args, (store) => store.epochAtLogin(...args)),
      raiseEpoch: (...args) => call('raiseEpoch', args, (store) => store.raiseEpoch(...args)),
      addToIndex: (...args) => call('addToIndex', args, (store) => store.addToIndex(...args)),
      sessionsOf: (...args) => call('sessionsOf', args, (store) => store.sessionsOf(...args)),
      setName: (...args) => call('setName', args, (store) => store.setName(...args)),
      removeFromIndex: (...args) => call('removeFromIndex', args, (store) => store.removeFromIndex(...args)),
      acquire: async (...args) => {
        const lease = await call('acquire', args, (store) => store.acquire(...args));
        return (
          lease && {
            record: lease.record,
            extend: (ms) => call('extend', [args[0], ms], () => lease.extend(ms)),
            release: () => call('release', [args[0]], () => lease.release()),
          }
        );
      },
      setReused: (...args) => call('setReused', args, (store) => store.setReused(...args)),
      reusedAt: (...args) => call('reusedAt', args, (store) => store.reusedAt(...args)),
      failures: (...args) => call('failures', args, (store) => store.failures(...args)),
      setFailures: (...args) => call('setFailures', args, (store) => store.setFailures(...args)),
      countFailure: (...args) => call('countFailure', args, (store) => store.countFailure(...args)),
      setHealthy: (...args) => call('setHealthy', args, (store) => store.setHealthy(...args)),
      ready: () => call('ready', [], (store) => store.ready()),
      close: async () => undefined,
    };
  }
}

function linkOf(op: Applied['op']): Link {
  switch (op) {
    case 'read':
    case 'commit':
    case 'end':
    case 'acquire':
    case 'release':
      return `store.${op}`;
    default:
      return 'store.other';
  }
}
