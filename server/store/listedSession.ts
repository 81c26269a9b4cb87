import type { Device } from '../../contract/sessions.ts';
import type { SessionState } from '../session/record.ts';

/** What the store keeps of a session on its person's list: no token, and nothing that opens one. */
export interface ListedSession {
  readonly id: string;
  readonly device: Device;
  /** The shortened address that it came from at its last login or refresh; absent where none is known. @see coarseNetwork */
  readonly network?: string;
  /** What its person calls the device; absent where they gave it no name. */
  readonly name?: string;
  /** The person's epoch at its login. */
  readonly epoch: number;
  /** The provider's own session behind it, as the store names that one. */
  readonly provider: string | null;
  readonly createdAtMs: number;
  readonly refreshedAtMs: number;
  readonly endsAtMs: number;
}

/** So many sessions of one person are listed; those beyond live on, unlisted. */
export const MOST_LISTED = 50;

/**
 * Puts a session on a list, in the place of what was there of it, whose name it keeps; drops what is over, and what ends
 * first of too many.
 */
export function withListed(
  list: readonly ListedSession[],
  session: ListedSession,
  nowMs: number,
): readonly ListedSession[] {
  const { name } = list.find(({ id }) => id === session.id) ?? {};
  const named = name === undefined ? session : { ...session, name };
  return [named, ...list.filter(({ id, endsAtMs }) => id !== session.id && endsAtMs > nowMs)]
    .toSorted((a, b) => b.endsAtMs - a.endsAtMs)
    .slice(0, MOST_LISTED);
}

/** Whether a listed session has ended by now, by what the server remembers of it. */
export function isOver(listed: ListedSession, { record, epoch }: SessionState, nowMs: number): boolean {
  return Boolean(record?.ended) || epoch > listed.epoch || nowMs >= listed.endsAtMs;
}
