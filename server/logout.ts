import { z } from 'zod';
import { readJson } from './body.ts';
import { requireIdentity } from './requestGuard.ts';
import type { Exchange } from './withHandler.ts';

const scope = z.object({ everywhere: z.boolean().optional() });

/**
 * `POST /api/logout`: ends the session and clears its cookies, whatever state it is in.
 *
 * Idempotent: nobody who asks to be signed out is told that they are not signed in.
 *
 * @throws {ApiError} `invalid_request`, `session_changed`
 */
export async function logout({ req, res, runtime, requestId }: Exchange): Promise<void> {
  const { everywhere = false } = await readJson(req, scope);
  const seal = await runtime.seals.open(req.headers.cookie);
  if (seal) {
    requireIdentity(req, seal.id);
    const found = await runtime.sessions.read(seal);
    // A cookie that is worth nothing any more must not sign its person out everywhere.
    await runtime.endSession(seal, 'logout', { everywhere: everywhere && found.kind === 'live', requestId });
  }
  await runtime.seals.clear(res, req.headers.cookie);
  res.writeHead(204, { 'Cache-Control': 'private, no-store' });
  res.end();
}
