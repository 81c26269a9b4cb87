import type { SessionInfo } from '../../contract/user.ts';
import type { Clock } from '../clock.ts';
import { closeBox, createBoxOpener } from '../store/tokenBox.ts';
import { readStored } from './readStored.ts';
import {
  personKey,
  providerSession,
  standingOf,
  type SealedSession,
  type SessionRecord,
  type Standing,
  type TokenPair,
} from './record.ts';
import {
  isStoreUnreachable,
  type Commit,
  type Lease,
  type SessionRecords,
  type StoreUnreachable,
} from '../store/contracts.ts';
import type { Settings } from '../settings/fromEnv.ts';
import { noResources, type Resources } from '../settings/resources.ts';
import { newestExpiresAtMs } from './tokens.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';

/** A session that lives: what its seal says, with the newest version and pair. */
export interface LiveSession {
  readonly kind: 'live';
  readonly seal: SealedSession;
  readonly version: number;
  readonly pair: TokenPair;
  readonly endsAtMs: number;
  /** Set where the store could not be asked: the seal alone says that the session lives. */
  readonly isBlind?: true;
}

export type Found = LiveSession | { readonly kind: 'ended'; readonly reason: string };

/** Names a person in the store: an id is only unique within its issuer, and an app has one. */
export function personOf(seal: SealedSession): string {
  return personKey(seal.user.id);
}

/** Reads without the store that are closer together than this belong to one outage. */
const SAME_OUTAGE_MS = 30_000;

export interface SessionsOptions {
  readonly store: SessionRecords;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'idleMs' | 'maxMs' | 'graceMs'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The resources that sessions hold tokens for. */
  readonly resources?: Resources;
  readonly onRead?: (seal: SealedSession, record: SessionRecord | null) => void;
  /** Hears that a request brought a superseded cookie after the grace period. */
  readonly onReuse?: (seal: SealedSession, newestVersion: number) => void;
}

/** Finds what a seal leads to. */
export function createSessions(options: SessionsOptions) {
  const { store, clock, settings, log, metrics, resources = noResources(), onRead, onReuse } = options;
  const opened = createBoxOpener();

  /** The pair of a seal of the newest version, with the tokens of resources, which are in the box of that version only. */
  function withResources(seal: SealedSession, box: string | null): TokenPair {
    if (resources.size === 0 || box === null) return seal.pair;
    const inBox = opened(seal, box, seal.version)?.resources;
    return inBox ? { ...seal.pair, resources: inBox } : seal.pair;
  }

  function judge(
    seal: SealedSession,
    record: SessionRecord | null,
    epoch: number,
  ): { found: Found; standing: Standing } {
    const standing = standingOf(seal, { record, epoch }, clock.now(), settings);
    if (standing.kind === 'ended') return { found: standing, standing };
    if (standing.kind === 'seal') {
      const pair = withResources(seal, standing.box);
      return {
        found: { kind: 'live', seal, version: seal.version, pair, endsAtMs: standing.endsAtMs },
        standing,
      };
    }
    const pair = opened(seal, standing.box, standing.version);
    if (!pair) {
      log.error({ session: seal.id }, 'a box does not open: the store is damaged or was tampered with');
      return { found: { kind: 'ended', reason: 'superseded' }, standing };
    }
    return {
      found: { kind: 'live', seal, version: standing.version, pair, endsAtMs: standing.endsAtMs },
      standing,
    };
  }

  /** Keeps the grace period: it starts when a request first brings the newest version; the box is dropped at its end. */
  function tend(seal: SealedSession, standing: Standing, found: Found): void {
    if (standing.kind !== 'seal' || found.kind !== 'live') return;
    const { firstSeen, boxOverdue } = standing;
    // A box with tokens of resources is kept: nothing else has them. Older seals are refused by its age alone.
    const isNeeded = found.pair.resources !== undefined;
    const change = firstSeen
      ? store.markSeen(seal.id, seal.version, clock.now())
      : boxOverdue && !isNeeded
        ? store.dropBox(seal.id, seal.version)
        : null;
    change?.catch((err: unknown) => log.warn({ err, session: seal.id }, 'the grace could not be noted'));
  }

  let lastBlindAtMs = -Infinity;
  /** Logs one line for each outage: blind reads that follow one another belong to the same. */
  function noteBlindRead(err: StoreUnreachable): void {
    if (clock.now() - lastBlindAtMs > SAME_OUTAGE_MS)
      log.warn({ err }, 'a session was read without the store');
    lastBlindAtMs = clock.now();
  }

  const remembered = (seal: SealedSession) =>
    readStored(store, seal.id, personOf(seal), seal.sid === undefined ? null : providerSession(seal.sid));

  return {
    /**
     * Finds the newest pair that a seal leads to, for a caller that is about to change something.
     *
     * With the lease that is being acquired, the record counts that the lease is given with (P2).
     *
     * @throws {StoreUnreachable}
     */
    async look(seal: SealedSession, acquiring?: Promise<Lease | null>): Promise<Found> {
      const [{ record, epoch }, lease] = await Promise.all([remembered(seal), acquiring ?? null]);
      // A record that ended stays so; any other may have been replaced before the lease was given.
      const newest = lease && !record?.ended ? lease.record : record;
      return judge(seal, newest, epoch).found;
    },

    /**
     * Tells why a session is over that a commit may find alive: a raised epoch and a provider's logout end sessions
     * without touching their records. `null` where it lives.
     *
     * @throws {StoreUnreachable}
     */
    async endedElsewhere(seal: SealedSession): Promise<Extract<Found, { kind: 'ended' }> | null> {
      const [epoch, provider] = await Promise.all([
        store.epochOf(personOf(seal)),
        seal.sid === undefined ? null : store.read(providerSession(seal.sid), personOf(seal)),
      ]);
      const reason = epoch > seal.epoch ? 'everywhere' : provider?.record?.ended;
      return reason ? { kind: 'ended', reason } : null;
    },

    /**
     * Tells why a session is over, for what lives as long as it does, such as a socket; `null` while it lives. That this seal
     * was superseded is no end.
     *
     * @throws {StoreUnreachable}
     */
    async whyEnded(seal: SealedSession): Promise<string | null> {
      const { record, epoch } = await remembered(seal);
      const standing = standingOf(seal, { record, epoch }, clock.now(), settings);
      return standing.kind === 'ended' && standing.reason !== 'superseded' ? standing.reason : null;
    },

    /** Finds the newest pair for a request that brought the seal. While the store is out of reach, the seal alone decides. */
    async read(seal: SealedSession): Promise<Found> {
      try {
        const { record, epoch } = await remembered(seal);
        const { found, standing } = judge(seal, record, epoch);
        onRead?.(seal, record);
        tend(seal, standing, found);
        if (standing.kind === 'ended' && standing.reason === 'superseded')
          onReuse?.(seal, record?.version ?? 0);
        if (standing.kind === 'box') metrics.fromRecord.inc();
        return found;
      } catch (error) {
        if (!isStoreUnreachable(error)) throw error;
        metrics.blindReads.inc();
        noteBlindRead(error);
        const { found } = judge(seal, null, seal.epoch);
        return found.kind === 'live' ? { ...found, isBlind: true } : found;
      }
    },

    /** What the browser may know of a session; durations never fall below zero. */
    describe({ seal, version, pair, endsAtMs }: LiveSession): SessionInfo {
      const expiresAtMs = newestExpiresAtMs({ version, pair });
      const left = (untilMs: number) => Math.max(0, untilMs - clock.now());
      return {
        user: seal.user,
        session: {
          id: seal.id,
          version,
          expiresInMs: expiresAtMs === null ? null : left(expiresAtMs),
          endsInMs: left(endsAtMs),
        },
      };
    },

    /** How long a session refreshed at this time may still be remembered, in ms. */
    rememberMs(seal: SealedSession, refreshedAtMs: number): number {
      return Math.max(
        1,
        Math.min(settings.idleMs + refreshedAtMs, settings.maxMs + seal.createdAtMs) - clock.now(),
      );
    },

    /** Puts the next version of a session, with its pair in a box, into what a store commits. */
    nextCommit({ seal: { id, boxKey }, version: old }: LiveSession, pair: TokenPair): Commit {
      const version = old + 1;
      return {
        version,
        box: closeBox(pair, boxKey, id, version),
        refreshedAtMs: pair.refreshedAtMs,
        supersededSinceMs: clock.now() - settings.graceMs,
      };
    },

    /** How long until no seal of this session can live any more, in ms. */
    absoluteMs(seal: SealedSession): number {
      return Math.max(1, seal.createdAtMs + settings.maxMs - clock.now());
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;
