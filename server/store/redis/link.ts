import { StoreUnreachable } from '../contracts.ts';
import { createStoreHealth, reasonOf, type StoreWatch } from '../storeHealth.ts';
import type { Script } from './scripts.ts';
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
  /** Finds one key for each shard; rejects with `StoreUnreachable` while no shard is known. */
  shardKeys(): Promise<readonly string[]>;
  /** One sender for each shard, without bounds: for operators, not for requests. */
  shards(): readonly Send[];
  close(): void;
}

/** Imported where the settings name it: the client of Redis takes 12 MB of every process that has none. */
const IMPORT_TRANSPORT = {
  single: async () => (await import('./single.ts')).singleTransport,
  cluster: async () => (await import('./cluster.ts')).clusterTransport,
  sentinel: async () => (await import('./sentinel.ts')).sentinelTransport,
};
type MakeTransport = (settings: RedisSettings, events: TransportEvents) => Transport;

/** Stands in until the client is imported; no command is sent before. */
const IMPORTING: Transport = {
  repliesFor: () => {
    throw ourError('The client of Redis is not loaded.');
  },
  partOf: () => '',
  parts: () => [''],
  send: () => Promise.reject(ourError('The client of Redis is not loaded.')),
  shardKeys: () => [],
  shards: () => [],
  destroy: () => undefined,
};

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
  /** The first try to connect has failed, or succeeded; until then nothing is known of an outage. */
  let isTried = false;
  /** A question could not wait for the first try. */
  let isAwaited = false;
  const begun = Promise.withResolvers<true>();
  let isClosed = false;
  let transport = IMPORTING;
  const imported = IMPORT_TRANSPORT[settings.address.kind]();
  imported.then(
    (make) => {
      if (isClosed) return;
      transport = open(make);
      setTimeout(() => begun.resolve(true), ANSWER_MS).unref();
    },
    (err: unknown) => {
      isTried = true;
      down = err;
      begun.resolve(true);
    },
  );

  function open(make: MakeTransport): Transport {
    const isCurrent = () => transport === fresh;
    const events: TransportEvents = {
      failed(err, part) {
        begun.resolve(true);
        isTried = true;
        if (!isCurrent()) return;
        down = err;
        health.failed(err, part);
      },
      connected() {
        begun.resolve(true);
        isTried = true;
        down = null;
        if (health.isInTrouble() || isAwaited) settledAtMs = Date.now() + SETTLE_MS;
        isAwaited = false;
      },
      broken: () => void (isCurrent() && replace(make)),
      alive: () => void (isCurrent() && health.answered()),
    };
    const fresh: Transport = make(settings, events);
    return fresh;
  }

  function replace(make: MakeTransport): void {
    const old = transport;
    transport = open(make);
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
      if (reasonOf(err) === 'READONLY' && settings.address.kind === 'single') replace(await imported);
      if (!isTried) {
        isAwaited = true;
        watch.metrics.storeErrors.inc();
        throw new StoreUnreachable(err);
      }
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
    async shardKeys() {
      await begun.promise;
      const keys = transport.shardKeys();
      if (keys.length > 0) return keys;
      throw new StoreUnreachable(down ?? ourError('No node of Redis has answered yet.'));
    },
    shards: () => transport.shards(),
    close() {
      isClosed = true;
      begun.resolve(true);
      transport.destroy();
    },
  };
}
