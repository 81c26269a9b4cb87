import type { StoreSettings } from '../../settings/fromEnv.ts';
import type { RedisAddress, RedisNode } from '../../settings/redisAddress.ts';
import type { Replies } from './replies.ts';

export type RedisSettings = Extract<StoreSettings, { kind: 'redis' }>;

/** What a transport reports; errors are never thrown at its owner. */
export interface TransportEvents {
  /** A connection failed, or the search for one. */
  failed(err: unknown, part?: string): void;
  /** A connection stands that did not stand before. */
  connected(): void;
  /** A reply made no sense: it is unknown whose the next one is. */
  broken(err: unknown): void;
  /** A connection that was idle proved to be alive. */
  alive(): void;
}

export type Send = (command: readonly string[]) => Promise<unknown>;

/** One way of reaching Redis: one server, a Cluster, or the primary that Sentinels name. */
export interface Transport {
  /**
   * Finds the connection that serves a key.
   *
   * @throws where there is none now: nothing is queued for one that may come
   */
  repliesFor(key: string): Replies;
  /** Names the part of Redis that serves a key: the address of a primary, or '' where there is one part. */
  partOf(key: string): string;
  parts(): readonly string[];
  send(key: string, command: readonly string[], signal: AbortSignal): Promise<unknown>;
  /** One key for each shard, for a rehearsal; empty while none is known. */
  shardKeys(): readonly string[];
  /** One sender for each shard, for commands without a key. */
  shards(): readonly Send[];
  destroy(): void;
}

/** Longer than a reply may take, because a process that has just started is busy with itself. */
const CONNECT_MS = 3000;
/** A connection that nothing came over for so long is taken for dead; the ping keeps a living one from that. */
const SILENCE_MS = 5000;
const PING_EVERY_MS = 2000;
const RECONNECT_MS = { first: 50, longest: 500 };

/** The longest wait for a reply: far above what Redis takes, below what a person notices. */
export const ANSWER_MS = 1000;

/** What a rehearsal writes where one connection serves every key. */
export const READY_KEY = 'reseal:ready';

/** What every connection has in common, whatever it leads to. */
export function connectionOptions({ tls }: Pick<RedisAddress, 'tls'>) {
  return {
    RESP: 2 as const,
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: 10_000,
    pingInterval: PING_EVERY_MS,
    socket: {
      ...(tls ? { tls: true as const } : {}),
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (retries: number) =>
        Math.min(RECONNECT_MS.first * 2 ** retries, RECONNECT_MS.longest) * (0.5 + Math.random() / 2),
    },
  };
}

/** The user of the servers, where they have one. */
export function credentials({ username, password }: RedisAddress) {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

export function firstOf(nodes: readonly RedisNode[]): RedisNode {
  return nodes[0] as RedisNode;
}
