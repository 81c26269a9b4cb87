import { createCluster } from 'redis';
import { createReplies, type Replies } from './replies.ts';
import { slotOf } from './slot.ts';
import {
  ANSWER_MS,
  connectionOptions,
  credentials,
  type RedisSettings,
  type Transport,
  type TransportEvents,
} from './transport.ts';
import { ourError } from '../../resealError.ts';

/** How long after a connection was lost the client asks the other nodes who serves its slots now. */
const LOOK_AGAIN_MS = 500;
/** The nodes are asked anew so often while none of them answered the first time. */
const DISCOVER_AGAIN_MS = 500;
/** More keys than it takes to meet every shard of a large Cluster. */
const MOST_PROBES = 20_000;

/** Reaches the shards of a Redis Cluster, over one connection to each primary. */
export function clusterTransport(settings: RedisSettings, events: TransportEvents): Transport {
  const options = { ...connectionOptions(settings.address), ...credentials(settings.address) };
  const lanes = new Map<string, Replies>();
  let isOpen = true;
  const cluster = createCluster({
    rootNodes: settings.address.nodes.map((node) => ({ socket: { ...node } })),
    RESP: options.RESP,
    defaults: options,
    // Connections are made below, so that one node out of reach does not keep the others from being found.
    minimizeConnections: true,
    maxCommandRedirections: 4,
    topologyRefreshOnReconnectionAttemptStrategy: LOOK_AGAIN_MS,
  });
  cluster.on('error', events.failed);
  cluster.on('node-error', (err: unknown, { host, port }: { host: string; port: number }) => {
    events.failed(err, `${host}:${port}`);
    if (cluster.nodeByAddress.get(`${host}:${port}`)?.client?.isReady) events.broken(err);
  });
  cluster.on('node-ready', events.connected);
  void discover();

  async function discover(): Promise<void> {
    while (isOpen) {
      try {
        await cluster.connect();
        for (const node of cluster.masters) void connect(node);
        return;
      } catch {
        // The client says here that no node could be asked, and reported before why: a password, a certificate.
        await new Promise((resolve) => void setTimeout(resolve, DISCOVER_AGAIN_MS).unref());
      }
    }
  }

  type Primary = (typeof cluster.masters)[number];
  async function connect(node: Primary): Promise<void> {
    try {
      await cluster.nodeClient(node);
    } catch (err) {
      events.failed(err, node.address);
    }
  }

  function primaryOf(key: string): Primary {
    const node = cluster.slots[slotOf(key)]?.master;
    if (!node) throw ourError('No node of the Cluster has answered yet.');
    // A node that was found only now: the command waits for its connection, within its bound.
    if (!node.client) void connect(node);
    else if (!node.client.isReady && !node.connectPromise)
      throw ourError('The connection to a shard is lost.');
    return node;
  }

  return {
    repliesFor(key) {
      const { address } = primaryOf(key);
      const known = lanes.get(address);
      if (known) return known;
      const lane = createReplies(ANSWER_MS);
      lanes.set(address, lane);
      return lane;
    },
    partOf: (key) => cluster.slots[slotOf(key)]?.master.address ?? '',
    parts: () => cluster.masters.map(({ address }) => address),
    send: (key, command, abortSignal) => cluster.sendCommand(key, false, [...command], { abortSignal }),
    shardKeys() {
      const left = new Set(cluster.masters.map(({ address }) => address));
      const keys: string[] = [];
      for (let n = 0; left.size > 0 && n < MOST_PROBES; n += 1) {
        const key = `reseal:{ready-${n}}`;
        if (left.delete(cluster.slots[slotOf(key)]?.master.address ?? '')) keys.push(key);
      }
      return keys;
    },
    shards: () =>
      cluster.masters.map(
        (node) => async (command) => (await cluster.nodeClient(node)).sendCommand([...command]),
      ),
    destroy() {
      isOpen = false;
      cluster.destroy();
    },
  };
}
