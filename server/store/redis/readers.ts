import type { ListedSession } from '../listedSession.ts';
import type { SessionRecord } from '../../session/record.ts';

/* What a reply of Redis says. A reader throws at what makes no sense, so that nothing is concluded from it. */

const LINE = /^(\d{1,15}) (\d{1,15}) (\d{1,15}|-) (logout|dead|replaced|-) ([\w-]+)$/;

const LISTED = /^(\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,15}) ([\w:-]+) (\S+) (\S+)$/;

function nonsense(): never {
  throw new TypeError('The reply of Redis makes no sense.');
}

export function readRecord(reply: unknown): SessionRecord | null {
  if (reply === null) return null;
  const [, version, refreshedAtMs, seenAtMs, ended, box] =
    LINE.exec(typeof reply === 'string' ? reply : '') ?? nonsense();
  return {
    version: Number(version),
    refreshedAtMs: Number(refreshedAtMs),
    seenAtMs: seenAtMs === '-' ? null : Number(seenAtMs),
    ended: ended === '-' ? null : (ended as SessionRecord['ended']),
    box: box === '-' ? null : (box ?? null),
  };
}

export function readCount(reply: unknown): number {
  if (reply === null) return 0;
  return typeof reply === 'string' && /^\d{1,15}$/.test(reply) ? Number(reply) : nonsense();
}

/** Reads so many whole numbers; zeros where there is nothing. */
export function readNumbers<N extends 2 | 3>(count: N) {
  return (reply: unknown) => {
    const words = reply === null ? Array<string>(count).fill('0') : String(reply).split(' ');
    if (words.length !== count || !words.every((word) => /^\d{1,15}$/.test(word))) nonsense();
    return words.map(Number) as N extends 2 ? [number, number] : [number, number, number];
  };
}

/** Reads a list. What another version of the app wrote in another shape is left out: one entry must not hide the others. */
export function readListed(reply: unknown): readonly ListedSession[] {
  const words: readonly unknown[] = Array.isArray(reply) ? reply : nonsense();
  return words.flatMap((line, i) => {
    const [found, endsAtMs, createdAtMs, refreshedAtMs, epoch, provider, browser = '-', system = '-'] =
      LISTED.exec(i % 2 === 1 ? String(line) : '') ?? [];
    if (!found) return [];
    return [
      {
        id: String(words[i - 1]),
        device: { browser: nameFrom(browser), system: nameFrom(system) },
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
  if (reply !== 0 && reply !== 1) nonsense();
}

export function readVerdict(reply: unknown): 'committed' | 'ended' | 'moved' {
  return reply === 'committed' || reply === 'ended' || reply === 'moved' ? reply : nonsense();
}

export function readTaken(reply: unknown): boolean {
  return reply === 'OK' ? true : reply === null ? false : nonsense();
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
