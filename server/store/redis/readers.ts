import type { ListedSession } from '../listedSession.ts';
import { ourError } from '../../resealError.ts';
import type { SessionRecord } from '../../session/record.ts';
import {
  HEALTHY,
  NO_FAILURES,
  type FailureKind,
  type IssuerHealth,
  type SessionFailures,
} from '../outage.ts';

/* What a reply of Redis says. A reader throws at what makes no sense, so that nothing is concluded from it. */

const LINE =
  /^(\d{1,15}) (\d{1,15}) (\d{1,15}|-) (logout|dead|replaced|rejected|reused|-) ([\w-]+)(?: (\d{1,15}) (\d{1,15}) (\d{1,15}))?$/;

const LISTED = /^(\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,15}) ([\w:-]+) (\S+) (\S+)(?: ([\w.:/-]+))?$/;

function nonsense(): never {
  throw ourError('The reply of Redis makes no sense.');
}

export function readRecord(reply: unknown): SessionRecord | null {
  if (reply === null) return null;
  const [, version, refreshedAtMs, seenAtMs, ended, box, below, nextBelow, nextSinceMs] =
    LINE.exec(typeof reply === 'string' ? reply : '') ?? nonsense();
  return {
    version: Number(version),
    refreshedAtMs: Number(refreshedAtMs),
    seenAtMs: seenAtMs === '-' ? null : Number(seenAtMs),
    ended: ended === '-' ? null : (ended as SessionRecord['ended']),
    box: box === '-' ? null : (box ?? null),
    ...(below !== undefined && {
      superseded: {
        below: Number(below),
        nextBelow: Number(nextBelow),
        nextSinceMs: Number(nextSinceMs),
      },
    }),
  };
}

export function readCount(reply: unknown): number {
  if (reply === null) return 0;
  return typeof reply === 'string' && /^\d{1,15}$/.test(reply) ? Number(reply) : nonsense();
}

/** Reads a time, ms since the epoch; `null` where there is none. */
export function readTime(reply: unknown): number | null {
  return reply === null ? null : readCount(reply);
}

const TWO_NUMBERS = /^(\d{1,15}) (\d{1,15})$/;

/** Reads whether a window was opened, and until when. */
export function readWindow(reply: unknown): { opened: boolean; untilMs: number } {
  const [, opened, untilMs] = TWO_NUMBERS.exec(String(reply)) ?? nonsense();
  return { opened: opened === '1', untilMs: Number(untilMs) };
}

const HEALTH = /^(\d{1,15}) (\d{1,15}) (\d{1,15}) ([\w,-]+) ([\w,-]+) ([\w,-]+) ([\w,-]+)$/;

export function readHealth(reply: unknown): IssuerHealth {
  if (reply === null) return HEALTHY;
  const [, windows, untilMs, grantedAtMs, ...lists] = HEALTH.exec(String(reply)) ?? nonsense();
  const [transient, throttled, client, rejected] = lists.map((list) => (list === '-' ? [] : list.split(',')));
  return {
    windows: Number(windows),
    untilMs: Number(untilMs),
    grantedAtMs: Number(grantedAtMs),
    sessions: {
      transient: transient ?? [],
      throttled: throttled ?? [],
      'client refused': client ?? [],
      rejected: rejected ?? [],
    },
  };
}

/** What {@link readHealth} reads of an issuer that nothing failed at. */
export const healthyLine = (grantedAtMs: number) => `0 0 ${Math.floor(grantedAtMs)} - - - -`;

const FAILURES = /^(\d{1,15}) (\d{1,15}) (\S+) (\S+) (\d{1,15}) (\d{1,15}) (\d{1,15})$/;
const KINDS: Readonly<Record<string, FailureKind>> = {
  transient: 'transient',
  throttled: 'throttled',
  client_refused: 'client refused',
  rejected: 'rejected',
};

export function readFailures(reply: unknown): SessionFailures {
  if (reply === null) return NO_FAILURES;
  const [, failures, untilMs, kind, rejection, rejections, sinceMs, fullAtMs] =
    FAILURES.exec(String(reply)) ?? nonsense();
  return {
    failures: Number(failures),
    untilMs: Number(untilMs),
    kind: KINDS[kind ?? ''] ?? null,
    rejection: rejection === '-' ? null : (rejection ?? null),
    rejections: Number(rejections),
    rejectedSinceMs: Number(sinceMs),
    fullAtMs: Number(fullAtMs),
  };
}

/** The line that {@link readFailures} reads. */
export function failuresLine(own: SessionFailures): string {
  const { failures, untilMs, kind, rejection, rejections, rejectedSinceMs, fullAtMs } = own;
  const [until, since, full] = [untilMs, rejectedSinceMs, fullAtMs].map(Math.ceil);
  const words = [kind?.replace(' ', '_') ?? '-', rejection?.replaceAll(' ', '+') ?? '-'];
  return [failures, until, ...words, rejections, since, full].join(' ');
}

/** Reads a list. What another version of the app wrote in another shape is left out: one entry must not hide the others. */
export function readListed(reply: unknown): readonly ListedSession[] {
  const words: readonly unknown[] = Array.isArray(reply) ? reply : nonsense();
  const lines = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) lines.set(String(words[i]), String(words[i + 1]));
  return [...lines].flatMap(([id, line]) => {
    const [
      found,
      endsAtMs,
      createdAtMs,
      refreshedAtMs,
      epoch,
      provider,
      browser = '-',
      system = '-',
      network,
    ] = LISTED.exec(id.startsWith('name:') ? '' : line) ?? [];
    if (!found) return [];
    const name = lines.get(`name:${id}`);
    return [
      {
        id,
        device: { browser: nameFrom(browser), system: nameFrom(system) },
        ...(network !== undefined && network !== '-' && { network }),
        ...(name !== undefined && { name }),
        epoch: Number(epoch),
        provider: provider === '-' ? null : (provider ?? null),
        createdAtMs: Number(createdAtMs),
        refreshedAtMs: Number(refreshedAtMs),
        endsAtMs: Number(endsAtMs),
      },
    ];
  });
}

function nameFrom(word: string): string | null {
  return word === '-' ? null : word.replaceAll('+', ' ');
}

export function readDeleted(reply: unknown): void {
  if (reply !== 0 && reply !== 1 && reply !== 2) nonsense();
}

export function readVerdict(reply: unknown): 'committed' | 'ended' | 'moved' {
  return reply === 'committed' || reply === 'ended' || reply === 'moved' ? reply : nonsense();
}

/** What a try to take a lease answers: whether it was taken, and what is known of the session. */
export interface Acquired {
  readonly isTaken: boolean;
  readonly record: SessionRecord | null;
  readonly failures: SessionFailures;
}

export function readAcquired(reply: unknown): Acquired {
  const words: readonly unknown[] = Array.isArray(reply) && reply.length === 3 ? reply : nonsense();
  const [record, failures] = words.slice(1).map((word) => (word === '' ? null : word));
  return { isTaken: readFlag(words[0]), record: readRecord(record), failures: readFailures(failures) };
}

export function readFlag(reply: unknown): boolean {
  return reply === 1 ? true : reply === 0 ? false : nonsense();
}

export function readOk(reply: unknown): void {
  if (reply !== 'OK') nonsense();
}

export function readText(reply: unknown): string {
  return typeof reply === 'string' ? reply : nonsense();
}
