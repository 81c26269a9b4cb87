import { createClient } from 'redis';
import { createReplies } from './replies.ts';
import {
  ANSWER_MS,
  connectionOptions,
  credentials,
  firstOf,
  READY_KEY,
  type RedisSettings,
  type Transport,
  type TransportEvents,
} from './transport.ts';

/** Reaches one Redis server over one connection. */
export function singleTransport(settings: RedisSettings, events: TransportEvents): Transport {
  const { socket, ...options } = connectionOptions(settings.address);
  const replies = createReplies(ANSWER_MS);
  const { host, port } = firstOf(settings.address.nodes);
  const client = createClient({
    ...options,
    ...credentials(settings.address),
    database: settings.address.database,
    socket: { ...socket, host, port },
  });
  client.on('error', (err: unknown) => {
    events.failed(err);
    // An error on a connection that still stands is a reply that makes no sense.
    if (client.isReady) events.broken(err);
  });
  client.on('ready', events.connected);
  client.on('ping-interval', events.alive);
  client.connect().catch(() => undefined);
  return {
    repliesFor: () => replies,
    partOf: () => '',
    parts: () => [''],
    send: (_key, command) => client.sendCommand(command),
    shardKeys: () => [READY_KEY],
    shards: () => [(command) => client.sendCommand(command)],
    destroy: () => client.destroy(),
  };
}
