import { createClient } from 'redis';
import type { Log } from '../../ops/log.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { Script } from './scripts.ts';
import { createReplies } from './replies.ts';
import { StoreUnreachable } from '../contracts.ts';

/** Far above what Redis takes, below what a person notices: past it a read goes on by the seal alone. */
const ANSWER_MS = 1000;
/** Longer, because a process that has just started is busy with itself. */
const CONNECT_MS = 3000;
/** A connection that nothing came over for so long is taken for dead; the ping keeps a living one from that. */
const SILENCE_MS = 5000;
const PING_EVERY_MS = 2000;
const RECONNECT_MS = { first: 50, longest: 500 };
/**
 * After an outage no lease is given for this long: pairs that were obtained while it lasted are recorded first.
 * Above the longest wait for a reconnection and for the next try to record, of any instance.
 */
const SETTLE_MS = 1000;

/** One connection to Redis whose every question is answered within its bound, or fails. */
export interface RedisLink {
  /**
   * Sends one command and reads its reply; a `read` that throws calls the reply nonsense.
   *
   * @throws {StoreUnreachable}
   */
  ask<T>(read: (reply: unknown) => T, ...command: readonly string[]): Promise<T>;
  /** Runs a script on one key, by its hash where Redis knows it. */
  run<T>(read: (reply: unknown) => T, script: Script, key: string, ...args: readonly string[]): Promise<T>;
  /** Whether an outage ended so recently that other instances may still have pairs to record. */
  isSettling(): boolean;
  close(): void;
}

/**
 * Connects to Redis, and again whenever the connection is lost; works without one, in that every question fails.
 *
 * Nothing is queued for a connection that is not there, and nothing is sent behind a reply that is overdue: replies
 * come in the order of the commands, so that one would be late too.
 */
export function connectRedis(url: string, { log, metrics }: { log: Log; metrics: Metrics }): RedisLink {
  let trouble: string | null = null;
  let settledAtMs = 0;
  const replies = createReplies(ANSWER_MS);
  const begun = Promise.withResolvers<true>();
  let client = open();
  setTimeout(() => begun.resolve(true), ANSWER_MS).unref();

  function open() {
    const fresh = createClient({
      url,
      RESP: 2,
      disableOfflineQueue: true,
      disableClientInfo: true,
      commandsQueueMaxLength: 10_000,
      pingInterval: PING_EVERY_MS,
      socket: {
        connectTimeout: CONNECT_MS,
        socketTimeout: SILENCE_MS,
        reconnectStrategy: (retries) =>
          Math.min(RECONNECT_MS.first * 2 ** retries, RECONNECT_MS.longest) * (0.5 + Math.random() / 2),
      },
    });
    fresh.on('error', (err: unknown) => {
      if (fresh !== client) return;
      failed(err);
      begun.resolve(true);
      // An error on a connection that still stands is a reply that makes no sense: whose the next one is, nobody knows.
      if (fresh.isReady) replace();
    });
    fresh.on('ready', () => {
      if (trouble !== null) settledAtMs = Date.now() + SETTLE_MS;
      begun.resolve(true);
    });
    fresh.on('ping-interval', answered);
    fresh.connect().catch(() => undefined);
    return fresh;
  }

  function replace(): void {
    const old = client;
    client = open();
    old.destroy();
  }

  function failed(err: unknown): void {
    const reason = reasonOf(err);
    if (trouble === null)
      log.error(
        { err, reason },
        'Redis is in trouble: refreshes answer 503, requests are served by their seal alone until it is back',
      );
    trouble = reason;
  }

  function answered(): void {
    if (trouble !== null) log.info('Redis answers again');
    trouble = null;
  }

  async function asked<T>(read: (reply: unknown) => T, send: () => Promise<unknown>): Promise<T> {
    try {
      // A process that has just started waits for its first try to connect, and for none after that.
      await begun.promise;
      if (replies.isStalled()) throw new Error('The reply of Redis to an earlier command is overdue.');
      const value = read(await replies.bounded(send()));
      answered();
      return value;
    } catch (cause) {
      metrics.storeErrors.inc();
      failed(cause);
      // What was the primary before a failover refuses to write, for ever: connect anew, to whatever the name means now.
      if (reasonOf(cause) === 'READONLY' && client.isReady) replace();
      throw new StoreUnreachable(cause);
    }
  }

  return {
    ask: (read, ...command) => asked(read, () => client.sendCommand(command)),
    run: (read, { source, sha }, key, ...args) =>
      asked(read, () =>
        client.sendCommand(['EVALSHA', sha, '1', key, ...args]).catch((err: unknown) => {
          if (reasonOf(err) !== 'NOSCRIPT') throw err;
          return client.sendCommand(['EVAL', source, '1', key, ...args]);
        }),
      ),
    isSettling: () => Date.now() < settledAtMs,
    close: () => client.destroy(),
  };
}

/** The code word that a Redis error begins with, the code of a socket's error, or the error's name; never a value. */
export function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return 'unknown';
  const { code } = err as { code?: unknown };
  return /^[A-Z]{3,}(?= |$)/.exec(err.message)?.[0] ?? (typeof code === 'string' ? code : err.name);
}
