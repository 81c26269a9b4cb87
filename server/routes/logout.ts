import { z } from 'zod';
import { END_SESSION_HEADER } from '../../contract/headers.ts';
import { readJson } from '../http/body.ts';
import { within } from '../clock.ts';
import { requireIdentity } from '../http/csrfGuard.ts';
import type { Exchange } from '../http/handler.ts';

const PATIENCE_MS = 1000;

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
  // Where the person is to be navigated, if the provider is to forget them too; nobody waits for a provider that is down.
  const asked = runtime.oidc?.endSessionUrl().catch(() => null) ?? Promise.resolve(null);
  const endSessionUrl = await within(runtime.clock, PATIENCE_MS, asked, null);
  if (endSessionUrl) res.setHeader(END_SESSION_HEADER, endSessionUrl.href);
  res.writeHead(204, { 'Cache-Control': 'private, no-store' });
  res.end();
}
