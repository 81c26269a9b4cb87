import { createStoreHealth, reasonOf, type StoreWatch } from '../storeHealth.ts';
import { clusterTransport } from './cluster.ts';
import type { Script } from './scripts.ts';
import { sentinelTransport } from './sentinel.ts';
import { singleTransport } from './single.ts';
import {
  ANSWER_MS,
  type RedisSettings,
  type Send,
  type Transport,
  type TransportEvents,
} from './transport.ts';
import { ourError } from '../../resealError.ts';

/**
 * After an outage no lease is given for this long: pairs that were obtained while it lasted are recorded first.
 * Above the longest wait for a reconnection and for the next try to record, of any instance.
 */
const SETTLE_MS = 1000;

/** A way to Redis on which every question is answered within its bound, or fails. */
export interface RedisLink {
  /**
   * Sends one command on one key and reads its reply; a `read` that throws calls the reply nonsense.
   *
   * @throws {StoreUnreachable}
   */
  ask<T>(read: (reply: unknown) => T, command: string, key: string, ...args: readonly string[]): Promise<T>;
  /** Runs a script on one key, or on several of one slot, by its hash where Redis knows it. */
  run<T>(
    read: (reply: unknown) => T,
    script: Script,
    keys: string | readonly [string, ...string[]],
    ...args: readonly string[]
  ): Promise<T>;
  /** Whether an outage ended so recently that other instances may still have pairs to record. */
  isSettling(): boolean;
  /** Makes a rehearsal whose success counts for a second, unless trouble comes. */
  rehearsal(rehearse: () => Promise<void>): () => Promise<void>;
  /** One key for each shard. */
  shardKeys(): readonly string[];
  /** One sender for each shard, without bounds: for operators, not for requests. */
  shards(): readonly Send[];
  close(): void;
}

const TRANSPORTS = { single: singleTransport, cluster: clusterTransport, sentinel: sentinelTransport };

/**
 * Connects to Redis, and again whenever a connection is lost; works without one, in that every question fails.
 *
 * Nothing is queued for a connection that is not there, and nothing is sent behind a reply that is overdue: replies
 * come in the order of the commands, so that one would be late too.
 */
export function connectRedis(settings: RedisSettings, watch: StoreWatch): RedisLink {
  const health = createStoreHealth('Redis', watch);
  let settledAtMs = 0;
  /** Why no connection stands; says more than that none does. */
  let down: unknown = null;
  const begun = Promise.withResolvers<true>();
  let transport: Transport = open();
  setTimeout(() => begun.resolve(true), ANSWER_MS).unref();

  function open(): Transport {
    const isCurrent = () => transport === fresh;
    const events: TransportEvents = {
      failed(err, part) {
        begun.resolve(true);
        if (!isCurrent()) return;
        down = err;
        health.failed(err, part);
      },
      connected() {
        begun.resolve(true);
        down = null;
        if (health.isInTrouble()) settledAtMs = Date.now() + SETTLE_MS;
      },
      broken: () => void (isCurrent() && replace()),
      alive: () => void (isCurrent() && health.answered()),
    };
    const fresh: Transport = TRANSPORTS[settings.address.kind](settings, events);
    return fresh;
  }

  function replace(): void {
    const old = transport;
    transport = open();
    old.destroy();
  }

  async function asked<T>(
    read: (reply: unknown) => T,
    key: string,
    send: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<T> {
    try {
      // A process that has just started waits for its first try to connect, and for none after that.
      await begun.promise;
      const replies = transport.repliesFor(key);
      if (replies.isStalled()) throw ourError('The reply of Redis to an earlier command is overdue.');
      const value = read(await replies.bounded(send));
      health.answered(transport.partOf(key), transport.parts);
      return value;
    } catch (err) {
      // What was the primary before a failover refuses to write, for ever: connect anew, to whatever the name means now.
      if (reasonOf(err) === 'READONLY' && settings.address.kind === 'single') replace();
      throw health.unreachable(down ?? err, transport.partOf(key));
    }
  }

  return {
    ask: (read, command, key, ...args) =>
      asked(read, key, (signal) => transport.send(key, [command, key, ...args], signal)),
    run: (read, { source, sha }, given, ...args) => {
      const keys = typeof given === 'string' ? ([given] as const) : given;
      const [key] = keys;
      const rest = [`${keys.length}`, ...keys, ...args];
      return asked(read, key, (signal) =>
        transport.send(key, ['EVALSHA', sha, ...rest], signal).catch((err: unknown) => {
          if (reasonOf(err) !== 'NOSCRIPT') throw err;
          return transport.send(key, ['EVAL', source, ...rest], signal);
        }),
      );
    },
    isSettling: () => Date.now() < settledAtMs,
    rehearsal: (rehearse) => health.rehearsal(rehearse),
    shardKeys: () => transport.shardKeys(),
    shards: () => transport.shards(),
    close: () => transport.destroy(),
  };
}
