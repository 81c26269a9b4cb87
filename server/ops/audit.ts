import type { EndReason } from '../session/record.ts';
import type { Log } from './log.ts';

/** Who ended a session. */
export type Ender = 'person' | 'provider' | 'operator' | 'issuer';

interface Subject {
  /** The id of the session. */
  readonly session?: string;
  /** The hash that names the person in the store. @see personKey */
  readonly person?: string;
  readonly requestId?: string | undefined;
}

/** What happened to a session. The words and fields are stable: `docs/operating.md` documents them. */
export type AuditEvent =
  | (Subject & { readonly event: 'login' })
  /** The person logged in again, and the session goes on with the new tokens. */
  | (Subject & { readonly event: 'stepped_up' })
  | (Subject & {
      readonly event: 'session_ended';
      readonly by: Ender;
      readonly reason: EndReason;
      /** Whether all sessions of the person were ended. */
      readonly everywhere?: boolean;
      /** The session from which the person ended this one, where it was another. */
      readonly from?: string;
    })
  | (Subject & { readonly event: 'refresh_refused'; readonly version: number })
  | (Subject & { readonly event: 'reuse_seen'; readonly version: number });

/** Writes one JSON line for an event, also where `LOG_LEVEL` hides other lines of its level. */
export function audit(log: Log, { event, ...details }: AuditEvent): void {
  if (log.level === 'silent') return;
  log.child({}, { level: 'info' }).info({ audit: event, ...details }, 'audit');
}
