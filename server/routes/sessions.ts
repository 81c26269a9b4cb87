import type { PersonSessions } from '../../contract/sessions.ts';
import { StoreUnreachable } from '../store/contracts.ts';
import { deviceOf } from '../http/device.ts';
import { ApiError, retryAfter, sendJson } from '../http/problem.ts';
import { personOf } from '../session/resolve.ts';
import type { SessionExchange } from '../http/sessionGuard.ts';

const RETRY_AFTER_MS = 1000;
const PATH = /^\/api\/sessions\/([\w-]{1,64})(?:\?|$)/;

/**
 * `GET /api/sessions`: the living sessions of whoever asks, as far as the server knows them; this one always.
 *
 * @throws {ApiError} `upstream_unavailable` where the store cannot be asked
 * @see OWASP ASVS 5.0, 7.5.2
 */
export async function listSessions({ req, res, runtime, session }: SessionExchange): Promise<void> {
  const { seal } = session;
  const ago = (atMs: number) => Math.max(0, runtime.clock.now() - atMs);
  const listed = await runtime.sessionList.of(personOf(seal)).catch(unavailable);
  const { createdAtMs } = seal;
  const own = { id: seal.id, device: deviceOf(req), createdAtMs, refreshedAtMs: session.pair.refreshedAtMs };
  const body: PersonSessions = {
    sessions: [own, ...listed.filter(({ id }) => id !== seal.id)].map((one) => ({
      id: one.id,
      current: one.id === seal.id,
      device: one.device,
      loggedInAgoMs: ago(one.createdAtMs),
      refreshedAgoMs: ago(one.refreshedAtMs),
    })),
  };
  sendJson(res, body);
}

/**
 * `DELETE /api/sessions/<id>`: ends another session of the same person, wherever it is.
 *
 * Its tokens cannot be revoked: the key to them is in its own cookie alone, which leads nowhere from now on.
 *
 * @throws {ApiError} `not_found` for what is no living session of this person, without a word on whose it is;
 * `invalid_request` for the one that asks, whose cookies only a logout clears; `upstream_unavailable`
 */
export async function endOtherSession({
  req,
  res,
  runtime,
  session,
  requestId,
}: SessionExchange): Promise<void> {
  const { store, settings, clock, log } = runtime;
  const id = PATH.exec(req.url ?? '')?.[1];
  if (id === session.seal.id) throw new ApiError('invalid_request');
  const person = personOf(session.seal);
  const listed = await runtime.sessionList.of(person).catch(unavailable);
  const other = listed.find((one) => one.id === id);
  if (!other) throw new ApiError('not_found');
  const untilNobodyLivesMs = Math.max(1, other.createdAtMs + settings.maxMs - clock.now());
  await store.end(other.id, 'logout', untilNobodyLivesMs).catch(unavailable);
  await store.removeFromIndex(person, other.id).catch(() => undefined);
  log.info({ session: other.id, by: session.seal.id, reason: 'logout', requestId }, 'ended');
  res.writeHead(204, { 'Cache-Control': 'private, no-store' });
  res.end();
}

function unavailable(cause: unknown): never {
  if (!(cause instanceof StoreUnreachable)) throw cause;
  throw new ApiError('upstream_unavailable', { cause, headers: retryAfter(RETRY_AFTER_MS) });
}
