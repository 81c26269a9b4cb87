import { createSentinel } from 'redis';
import { createReplies } from './replies.ts';
import {
  ANSWER_MS,
  connectionOptions,
  credentials,
  READY_KEY,
  type RedisSettings,
  type Transport,
  type TransportEvents,
} from './transport.ts';
import { ourError } from '../../resealError.ts';

/** The Sentinels are asked so often who the primary is, beside what they announce themselves. */
const LOOK_AGAIN_MS = 1000;
const DISCOVER_AGAIN_MS = 500;

/** Reaches the primary that the Sentinels name, and the next one after a failover. */
export function sentinelTransport(settings: RedisSettings, events: TransportEvents): Transport {
  const options = connectionOptions(settings.address);
  const own = settings.sentinelPassword;
  const { nodes, group, database } = settings.address;
  const replies = createReplies(ANSWER_MS);
  let isOpen = true;
  /** An error of this try to connect was reported. */
  let isExplained = false;
  const sentinel = open();
  void discover();

  function open() {
    const made = createSentinel({
      name: group,
      RESP: options.RESP,
      sentinelRootNodes: nodes.map((node) => ({ ...node })),
      nodeClientOptions: { ...options, ...credentials(settings.address), database },
      // The Sentinels have no users of Redis: a password of their own, or none.
      sentinelClientOptions: own === null ? options : { ...options, password: own },
      scanInterval: LOOK_AGAIN_MS,
      maxCommandRediscovers: 2,
    });
    // The client also says what fails as a text, beside the error itself.
    made.on('error', (err: unknown) => void (typeof err === 'string' || failed(err)));
    made.on('client-error', ({ error }: { error: unknown }) => failed(error));
    made.on('ready', events.connected);
    return made;
  }

  function failed(err: unknown): void {
    isExplained = true;
    events.failed(err);
  }

  async function discover(): Promise<void> {
    while (isOpen) {
      isExplained = false;
      try {
        await sentinel.connect();
        return;
      } catch (err) {
        // That no Sentinel can be asked says less than what each of them failed with.
        if (!isExplained) events.failed(err);
        await new Promise((resolve) => void setTimeout(resolve, DISCOVER_AGAIN_MS).unref());
      }
    }
  }

  const send = (command: readonly string[], abortSignal?: AbortSignal) =>
    sentinel.sendCommand(false, [...command], abortSignal && { abortSignal });

  return {
    repliesFor() {
      if (!sentinel.isReady) throw ourError('The Sentinels name no primary that can be reached.');
      return replies;
    },
    partOf: () => '',
    parts: () => [''],
    send: (_key, command, signal) => send(command, signal),
    shardKeys: () => [READY_KEY],
    shards: () => [(command) => send(command)],
    destroy() {
      isOpen = false;
      void sentinel.destroy().catch(() => undefined);
    },
  };
}
