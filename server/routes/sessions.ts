import type { PersonSessions } from '../../contract/sessions.ts';
import type { Clock } from '../clock.ts';
import { deviceOf } from '../http/device.ts';
import { ApiError, json, noContent, retryAfter } from '../http/problem.ts';
import type { SessionHandler } from '../http/sessionGuard.ts';
import { audit } from '../ops/audit.ts';
import type { Log } from '../ops/log.ts';
import type { SessionList } from '../session/list.ts';
import { personOf } from '../session/resolve.ts';
import type { Settings } from '../settings/fromEnv.ts';
import { isStoreUnreachable, type SessionIndex, type SessionRecords } from '../store/contracts.ts';

const RETRY_AFTER_MS = 1000;
const PATH = /^\/api\/sessions\/([\w-]{1,64})\/?(?:\?|$)/;

export interface ListSessionsOptions {
  readonly list: SessionList;
  readonly store: Pick<SessionRecords, 'reusedAt'>;
  readonly clock: Clock;
}

/**
 * `GET /api/sessions`: the living sessions of the person who asks, as far as the server knows them; this one always.
 *
 * Throws `upstream_unavailable` where the store cannot be asked.
 *
 * @see OWASP ASVS 5.0, 7.5.2
 */
export function createListSessions({ list, store, clock }: ListSessionsOptions): SessionHandler {
  return async (exchange, { seal, pair }) => {
    const ago = (atMs: number) => Math.max(0, clock.now() - atMs);
    const listed = await list.of(personOf(seal)).catch(unavailable);
    const { id, createdAtMs } = seal;
    const own = { id, device: deviceOf(exchange), createdAtMs, refreshedAtMs: pair.refreshedAtMs };
    const all = [own, ...listed.filter((one) => one.id !== id)];
    const reused = await Promise.all(all.map((one) => store.reusedAt(one.id))).catch(unavailable);
    const body: PersonSessions = {
      sessions: all.map((one, at) => ({
        id: one.id,
        current: one.id === id,
        device: one.device,
        loggedInAgoMs: ago(one.createdAtMs),
        refreshedAgoMs: ago(one.refreshedAtMs),
        ...(typeof reused[at] === 'number' ? { reusedAgoMs: ago(reused[at]) } : {}),
      })),
    };
    return json(body);
  };
}

export interface EndOtherSessionOptions {
  readonly list: SessionList;
  readonly store: SessionRecords & SessionIndex;
  readonly settings: Pick<Settings, 'maxMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * `DELETE /api/sessions/<id>`: ends another session of the same person, wherever it is.
 *
 * Its tokens cannot be revoked: only its own cookie holds the key to them, and that cookie opens nothing from now on.
 *
 * Throws `not_found` for an id that is no living session of this person, `invalid_request` for the session that asks,
 * whose cookies only a logout clears, and `upstream_unavailable`.
 */
export function createEndOtherSession(options: EndOtherSessionOptions): SessionHandler {
  const { list, store, settings, clock, log } = options;
  return async ({ target, requestId }, { seal }) => {
    const id = PATH.exec(target)?.[1];
    if (id === seal.id) throw new ApiError('invalid_request');
    const person = personOf(seal);
    const listed = await list.of(person).catch(unavailable);
    const other = listed.find((one) => one.id === id);
    if (!other) throw new ApiError('not_found');
    const rememberMs = Math.max(1, other.createdAtMs + settings.maxMs - clock.now());
    await store.end(other.id, 'logout', rememberMs).catch(unavailable);
    await store.removeFromIndex(person, other.id).catch(() => undefined);
    log.info({ session: other.id, by: seal.id, reason: 'logout', requestId }, 'session ended');
    audit(log, {
      event: 'session_ended',
      by: 'person',
      reason: 'logout',
      session: other.id,
      from: seal.id,
      person,
      requestId,
    });
    return noContent();
  };
}

function unavailable(cause: unknown): never {
  if (!isStoreUnreachable(cause)) throw cause;
  throw new ApiError('upstream_unavailable', { cause, headers: retryAfter(RETRY_AFTER_MS) });
}
