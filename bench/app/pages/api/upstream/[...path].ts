import type { IncomingMessage, ServerResponse } from 'node:http';
import route from '../../../../../pages/api/upstream/[...path].ts';
import { theRuntime, type Runtime } from '../../../../../server/createReseal.ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

let withoutSession: Runtime | undefined;

/**
 * A server without sessions: nothing is unsealed, no record is read, everybody is the same person. Its token is as long
 * as the others: what is compared is the session, not the bytes of a header.
 */
function openRuntime(): Runtime {
  const runtime = theRuntime();
  const nowMs = Date.now();
  const pair = { accessToken: 'a'.repeat(800), refreshToken: null, expiresAtMs: null, refreshedAtMs: nowMs };
  const seal = {
    id: 'open', version: 1, user: { id: 'open', name: 'Open' }, pair, boxKey: '', epoch: 0, createdAtMs: nowMs,
  }; // prettier-ignore
  const live = { kind: 'live', seal, version: 1, pair, endsAtMs: nowMs + 1e9 } as const;
  return {
    ...runtime,
    seals: { ...runtime.seals, open: async () => seal },
    sessions: { ...runtime.sessions, read: async () => live },
  };
}

/** The proxy as the app has it; with `X-Bench: open` the same proxy before a server without sessions. */
export default function upstream(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const isOpen = req.headers['x-bench'] === 'open';
  return route(req, res, isOpen ? (withoutSession ??= openRuntime()) : theRuntime());
}
