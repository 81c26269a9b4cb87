import type { IncomingMessage, ServerResponse } from 'node:http';
import { proxy } from '../../../../../server/proxy.ts';
import { requireHeaderOrSameOriginRead } from '../../../../../server/requestGuard.ts';
import { theRuntime, type Runtime } from '../../../../../server/runtime.ts';
import { withAnyMethod } from '../../../../../server/withHandler.ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

const route = withAnyMethod(proxy, requireHeaderOrSameOriginRead);
let withoutSession: Runtime | undefined;

/** The same proxy without a session: nothing is unsealed, no record is read, everybody is the same person. */
function openRuntime(): Runtime {
  const runtime = theRuntime();
  const nowMs = Date.now();
  const pair = { accessToken: 'open', refreshToken: null, expiresAtMs: null, refreshedAtMs: nowMs };
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

export default function open(req: IncomingMessage, res: ServerResponse): Promise<void> {
  req.url = `/api/upstream${req.url?.slice('/api/open'.length)}`;
  return route(req, res, (withoutSession ??= openRuntime()));
}
