import { z } from 'zod';
import { MAX_SESSION_NAME, type PersonSessions } from '../../contract/sessions.ts';
import type { Clock } from '../clock.ts';
import { readJson } from '../http/body.ts';
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
    const name = listed.find((one) => one.id === id)?.name;
    const own = {
      id,
      ...list.seenFrom(exchange),
      ...(name !== undefined && { name }),
      createdAtMs,
      refreshedAtMs: pair.refreshedAtMs,
    };
    const all = [own, ...listed.filter((one) => one.id !== id)];
    const reused = await Promise.all(all.map((one) => store.reusedAt(one.id))).catch(unavailable);
    const body: PersonSessions = {
      sessions: all.map((one, at) => ({
        id: one.id,
        current: one.id === id,
        device: one.device,
        ...(one.name === undefined ? {} : { name: one.name }),
        ...(one.network === undefined ? {} : { network: one.network }),
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

/** Characters that a name must not hold: controls, and those that turn the direction of the text after them. */
const UNWANTED = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

const nameRequest = z.object({
  name: z
    .string()
    .transform((name) => name.normalize('NFC').replace(/\s+/g, ' ').trim())
    .refine((name) => name.length <= MAX_SESSION_NAME && !UNWANTED.test(name))
    .nullable(),
});

export interface NameSessionOptions {
  readonly list: SessionList;
  readonly store: Pick<SessionIndex, 'setName'>;
}

/**
 * `PATCH /api/sessions/<id>`: names a session of the person who asks, this one or another, or takes its name away.
 *
 * The name is on the list, in no cookie, and lasts as long as its session.
 *
 * Throws `invalid_request` for a name that is too long or holds control characters, `not_found` for an id that is no
 * living session of this person, and `upstream_unavailable`.
 */
export function createNameSession({ list, store }: NameSessionOptions): SessionHandler {
  return async (exchange, { seal, pair }) => {
    const { name } = await readJson(exchange, nameRequest);
    const id = PATH.exec(exchange.target)?.[1] ?? '';
    const person = personOf(seal);
    const isListed = (await list.of(person).catch(unavailable)).some((one) => one.id === id);
    if (!isListed && id !== seal.id) throw new ApiError('not_found');
    // The store has lost its memory since the login.
    if (!isListed) await list.note(seal, exchange, pair.refreshedAtMs);
    if (!(await store.setName(person, id, name || null).catch(unavailable))) throw new ApiError('not_found');
    return noContent();
  };
}

function unavailable(cause: unknown): never {
  if (!isStoreUnreachable(cause)) throw cause;
  throw new ApiError('upstream_unavailable', { cause, headers: retryAfter(RETRY_AFTER_MS) });
}
