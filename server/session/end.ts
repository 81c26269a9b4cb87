import { sleep, type Clock } from '../clock.ts';
import type { HookRunner } from '../hooks.ts';
import { openBox } from '../store/tokenBox.ts';
import type { EndReason, SealedSession, SessionRecord } from './record.ts';
import type { SessionIndex, SessionRecords } from '../store/contracts.ts';
import { audit, type Ender } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { Revoke } from '../refresh/revoke.ts';
import { personOf, type Sessions } from './resolve.ts';

const END_AGAIN_MS = [500, 2000, 10_000, 60_000];

export interface EndSessionOptions {
  readonly store: SessionRecords & SessionIndex;
  readonly sessions: Sessions;
  readonly revoke: Revoke;
  readonly hooks?: Pick<HookRunner, 'ended'>;
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
export function createEndSession({ store, sessions, revoke, hooks, clock, log, maxMs }: EndSessionOptions) {
  async function again<T>(work: () => Promise<T>, late: (result: T) => Promise<void>): Promise<void> {
    for (const ms of END_AGAIN_MS) {
      await sleep(clock, ms);
      const done = await work()
        .then((result) => ({ result }))
        .catch(() => null);
      if (done) return late(done.result);
    }
    log.error('the end of a session could not be recorded: its cookie is cleared and its tokens are revoked');
  }

  async function insist<T>(
    work: () => Promise<T>,
    late: (result: T) => Promise<void> = async () => undefined,
  ): Promise<T | null> {
    try {
      return await work();
    } catch (err) {
      log.warn({ err }, 'the end of a session could not be recorded yet');
      void again(work, late);
      return null;
    }
  }

  return async function endSession(
    seal: SealedSession,
    reason: EndReason,
    options: { everywhere?: boolean; requestId?: string; by?: Ender; keepsTokens?: boolean } = {},
  ): Promise<void> {
    const { requestId } = options;
    // Above the clock too: a store that lost its memory counts from 0, and older sessions were sealed with more.
    const above = Math.max(seal.epoch, clock.now());
    if (options.everywhere) await insist(() => store.raiseEpoch(personOf(seal), above, maxMs));
    const revokeNewer = async (record: SessionRecord | null) => {
      if (options.keepsTokens) return;
      const newest = newestPair(seal, record);
      if (newest.refreshToken !== seal.pair.refreshToken) await revoke(newest, requestId);
    };
    const end = () => store.end(seal.id, reason, sessions.absoluteMs(seal));
    const record = await insist(end, revokeNewer);
    // Only tidies the list: its readers ask the record.
    void store.removeFromIndex(personOf(seal), seal.id).catch(() => undefined);
    log.info({ session: seal.id, reason, everywhere: options.everywhere ?? false, requestId }, 'ended');
    hooks?.ended(seal, reason);
    audit(log, {
      event: 'session_ended',
      by: options.by ?? 'person',
      reason,
      session: seal.id,
      person: personOf(seal),
      everywhere: options.everywhere ?? false,
      requestId,
    });
    if (!options.keepsTokens) await Promise.all([revokeNewer(record), revoke(seal.pair, requestId)]);
  };
}

export type EndSession = ReturnType<typeof createEndSession>;

function newestPair(seal: SealedSession, record: SessionRecord | null) {
  if (!record?.box || record.version <= seal.version) return seal.pair;
  return openBox(record.box, seal.boxKey, seal.id, record.version) ?? seal.pair;
}
