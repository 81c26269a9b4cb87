import { sleep, type Clock } from './clock.ts';
import { openBox } from './coordination/box.ts';
import type { EndReason, SealedSession, SessionRecord } from './coordination/record.ts';
import type { SessionStore } from './coordination/store.ts';
import type { Log } from './log.ts';
import type { Revoke } from './revoke.ts';
import { personOf, type Sessions } from './sessions.ts';

const END_AGAIN_MS = [500, 2000, 10_000, 60_000];

export interface EndSessionOptions {
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly revoke: Revoke;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxMs: number;
}

/**
 * Makes what ends a session: the record first, so that a refresh in flight can no longer commit, then the
 * tokens at the issuer: the newest pair, which may be one that a refresh has just committed (P6), and the
 * cookie's own where it is another.
 *
 * Never rejects. A store that cannot be asked is asked again behind.
 */
export function createEndSession({ store, sessions, revoke, clock, log, maxMs }: EndSessionOptions) {
  async function again(work: () => Promise<unknown>): Promise<void> {
    for (const ms of END_AGAIN_MS) {
      await sleep(clock, ms);
      const done = await work().then(
        () => true,
        () => false,
      );
      if (done) return;
    }
    log.error('the end of a session could not be recorded: its cookie is cleared and its tokens are revoked');
  }

  async function insist<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (err) {
      log.warn({ err }, 'the end of a session could not be recorded yet');
      void again(work);
      return null;
    }
  }

  return async function endSession(
    seal: SealedSession,
    reason: EndReason,
    options: { everywhere?: boolean; requestId?: string } = {},
  ): Promise<void> {
    const { requestId } = options;
    if (options.everywhere) await insist(() => store.raiseEpoch(personOf(seal), seal.epoch, maxMs));
    const record = await insist(() => store.end(seal.id, reason, sessions.absoluteMs(seal)));
    const newest = newestPair(seal, record);
    log.info({ session: seal.id, reason, everywhere: options.everywhere ?? false, requestId }, 'ended');
    const pairs = newest.refreshToken === seal.pair.refreshToken ? [newest] : [newest, seal.pair];
    await Promise.all(pairs.map((pair) => revoke(pair, requestId)));
  };
}

export type EndSession = ReturnType<typeof createEndSession>;

function newestPair(seal: SealedSession, record: SessionRecord | null) {
  if (!record?.box || record.version <= seal.version) return seal.pair;
  return openBox(record.box, seal.boxKey, seal.id, record.version) ?? seal.pair;
}
