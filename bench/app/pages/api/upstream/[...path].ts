import { pagesRoute } from '../../../../../server/adapters/nextPages.ts';
import type { Reseal } from '../../../../../server/composeServer.ts';
import { createClientAddresses } from '../../../../../server/http/clientAddress.ts';
import { requireHeaderOrSameOriginRead } from '../../../../../server/http/csrfGuard.ts';
import type { Handler } from '../../../../../server/http/exchange.ts';
import { createCallers } from '../../../../../server/proxy/callers.ts';
import { createAsk, createProxy, createRefreshesHere } from '../../../../../server/proxy/forward.ts';
import { createServeRefresh } from '../../../../../server/refresh/serve.ts';

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };

/**
 * The proxy without sessions: no cookie is opened, no record is read, every caller is the same person. Its token is as
 * long as the others: what is compared is the session, not the bytes of a header.
 */
function withoutSessions(reseal: Reseal): Handler {
  const nowMs = Date.now();
  const pair = { accessToken: 'a'.repeat(800), refreshToken: null, expiresAtMs: null, refreshedAtMs: nowMs };
  const seal = {
    id: 'open', version: 1, user: { id: 'open', name: 'Open' }, pair, boxKey: '', epoch: 0, createdAtMs: nowMs,
  }; // prettier-ignore
  const live = { kind: 'live', seal, version: 1, pair, endsAtMs: nowMs + 1e9 } as const;
  const clientAddressOf = createClientAddresses(reseal.settings.trustedProxies, reseal.log);
  const serveRefresh = createServeRefresh(reseal.coordinator);
  return createProxy({
    ...reseal,
    ask: createAsk({ ...reseal, dispatcher: reseal.upstream, upgrades: reseal.upstream, clientAddressOf }),
    refreshesHere: createRefreshesHere(reseal.settings),
    callerOf: createCallers({ findSession: async () => live, serveRefresh, clientAddressOf }),
  });
}

/** The proxy as the app has it; with `X-Bench: open` the same proxy without sessions. */
export default pagesRoute((reseal, path) => {
  const { handlers } = reseal.find(path);
  const open = withoutSessions(reseal);
  const proxy: Handler = (exchange) =>
    exchange.headers['x-bench'] === 'open' ? open(exchange) : (handlers as Handler)(exchange);
  return { handlers: proxy, guard: requireHeaderOrSameOriginRead };
});
