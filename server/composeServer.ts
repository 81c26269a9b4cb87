import type { Dispatcher } from 'undici';
import { systemClock, type Clock } from './clock.ts';
import { createHookRunner, type Claims, type Hooks } from './hooks.ts';
import { createClientAddresses } from './http/clientAddress.ts';
import { createThrottle, type Throttle } from './http/loginThrottle.ts';
import { createOriginFinder, type OriginOf } from './http/origins.ts';
import { createRouter, createUpgrader } from './http/router.ts';
import { createSessionFinder, createSessionGuard } from './http/sessionGuard.ts';
import { MAX_ISSUER_ANSWER_BYTES } from './issuers/boundedFetch.ts';
import type { Issuer, PasswordIssuer } from './issuers/issuer.ts';
import { oidcIssuer } from './issuers/oidc/client.ts';
import { passwordIssuer } from './issuers/password/issuer.ts';
import { createPool } from './ops/egress.ts';
import { createStrangerWatch } from './ops/instanceWarnings.ts';
import { createLog, type Log } from './ops/log.ts';
import { createMetrics } from './ops/metrics.ts';
import { runningOr } from './processWide.ts';
import { createCallers, createRefreshesHere } from './proxy/callers.ts';
import { createProcessLoad } from './proxy/callLimits.ts';
import { createAsk, createProxy } from './proxy/forward.ts';
import { createOpenSockets } from './proxy/openSockets.ts';
import { createUpstreamFetch } from './proxy/upstreamFetch.ts';
import { createUpstreams } from './proxy/upstreams.ts';
import { createWebSocketProxy } from './proxy/webSocket.ts';
import { createCooldown } from './refresh/cooldown.ts';
import { createCoordinator } from './refresh/coordinator.ts';
import { createRefusedResources } from './refresh/refusedResources.ts';
import { createRevoker } from './refresh/revoke.ts';
import { createServeRefresh } from './refresh/serve.ts';
import { createBackchannelLogout } from './routes/backchannelLogout.ts';
import { createBeginLogin } from './routes/beginLogin.ts';
import { createFinishLogin, createTakePostedAnswer } from './routes/callback.ts';
import { createHealth } from './routes/health.ts';
import { createLogin } from './routes/login.ts';
import { createLogout } from './routes/logout.ts';
import { createMetricsRoute } from './routes/metrics.ts';
import { createRoutes } from './routes/routes.ts';
import { createEndOtherSession, createListSessions, createNameSession } from './routes/sessions.ts';
import { createRefreshUser, createWhoAmI } from './routes/user.ts';
import { createSessionCookies } from './session/cookies.ts';
import { createEndSession } from './session/end.ts';
import { createGetSession } from './session/get.ts';
import { createSessionList } from './session/list.ts';
import { createSessions, type Sessions } from './session/resolve.ts';
import { createReuseWatch } from './session/reuse.ts';
import { createStartSession } from './session/start.ts';
import { createStepUp } from './session/stepUp.ts';
import { readSettings, type Settings } from './settings/fromEnv.ts';
import { resourcesOf } from './settings/resources.ts';
import { allUpstreams } from './settings/upstreams.ts';
import type { SessionStore } from './store/contracts.ts';
import { openStore, type OpenStore } from './store/openStore.ts';

/** What an app or a test may bring of its own. */
export interface ResealParts {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly store?: SessionStore;
  readonly issuer?: PasswordIssuer;
  readonly upstream?: Dispatcher;
  readonly throttle?: Throttle;
  readonly hooks?: Hooks;
  readonly claims?: Claims<object>;
}

/** Connects what reaches beyond this process: the store, the upstream, the issuer. */
function connect(settings: Settings, parts: ResealParts) {
  const clock = parts.clock ?? systemClock;
  const log = parts.log ?? createLog(settings.logLevel);
  const metrics = createMetrics();
  const { store, limiterOf }: OpenStore = parts.store
    ? { store: parts.store }
    : openStore(settings.store, clock, { log, metrics });
  // Two pools: an upstream that hangs must not keep refreshes from reaching the issuer.
  const upstream =
    parts.upstream ??
    createPool({
      headersTimeout: settings.upstreamTimeoutMs,
      bodyTimeout: 0,
      // No bound here: a call that waits for a connection waits for other people's calls. See proxy/callLimits.ts.
      connections: null,
    });
  // HTTP/2 has no upgrade. Each socket keeps its connection, so nothing here is reused.
  const upgrades = parts.upstream ?? createPool({ headersTimeout: 0, connections: null, allowH2: false });
  // The calls bound themselves, so the pool must not.
  const issuerPool = createPool({
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_ISSUER_ANSWER_BYTES,
  });
  const { basePath, loginPage, userClaims } = settings;
  const { dialect, ...backend } = settings.password;
  const resources = resourcesOf(allUpstreams(settings));
  /** The issuer where people log in on our page; `null` in OIDC mode. */
  const password = settings.oidc
    ? null
    : (parts.issuer ?? passwordIssuer(dialect, { ...backend, userClaims, dispatcher: issuerPool, clock }));
  /** The issuer where people log in on its own pages; `null` in password mode. */
  const oidc = settings.oidc
    ? oidcIssuer(settings.oidc, { basePath, loginPage, userClaims, resources, dispatcher: issuerPool, clock })
    : null;
  const issuer = (password ?? oidc) as Issuer;
  const throttle = parts.throttle ?? createThrottle(limiterOf);
  const isStoreShared = settings.store.kind === 'redis' || parts.store !== undefined;
  return {
    clock, log, metrics, store, isStoreShared, resources, upstream, upgrades, issuerPool, password, oidc, issuer, throttle,
    clientAddressOf: createClientAddresses(settings.trustedProxies, log),
    hooks: createHookRunner({ hooks: parts.hooks, claims: parts.claims, clock, log }),
  }; // prettier-ignore
}

type Connections = ReturnType<typeof connect>;

/** Makes the parts that know what a session is. */
function createSessionParts(settings: Settings, connections: Connections) {
  const { store, clock, log, metrics, issuer, resources, hooks, clientAddressOf } = connections;
  const { refreshTimeoutMs, maxMs } = settings;
  const onRead = createStrangerWatch(log, connections.isStoreShared, clock.now());
  const cookies = createSessionCookies(settings, metrics);
  const onReuse = createReuseWatch({
    store, settings, clock, log, metrics, sessions: () => sessions, endSession: () => endSession,
  }); // prettier-ignore
  const sessions: Sessions = createSessions({
    store, clock, settings, log, metrics, resources, onRead, onReuse,
  }); // prettier-ignore
  const revoke = createRevoker({ issuer, clock, log, metrics });
  const cooldown = createCooldown(store, clock);
  const refused = createRefusedResources(clock);
  const coordinator = createCoordinator({
    issuer, sessions, store, cooldown, revoke, hooks, clock, log, metrics, refreshTimeoutMs, resources, refused,
  }); // prettier-ignore
  const list = createSessionList({ store, sessions, clientAddressOf, clock, log });
  const endSession = createEndSession({ store, sessions, revoke, hooks, clock, log, maxMs });
  const startSession = createStartSession({
    cookies, records: store, list, endSession, revoke, hooks, settings, resources, clock, log,
  }); // prettier-ignore
  const stepUp = createStepUp({
    cookies, sessions, store, cooldown, list, revoke, hooks, clock, log, refreshTimeoutMs,
  }); // prettier-ignore
  return {
    cookies,
    sessions,
    revoke,
    cooldown,
    refused,
    coordinator,
    list,
    endSession,
    startSession,
    stepUp,
  };
}

type SessionParts = ReturnType<typeof createSessionParts>;

/** Makes the parts that call the upstreams for a session. */
function createProxyParts(
  settings: Settings,
  connections: Connections,
  session: SessionParts,
  originOf: OriginOf,
) {
  const { clock, log, metrics, upstream: dispatcher, oidc, clientAddressOf } = connections;
  const load = createProcessLoad(settings.callLimits.total, metrics);
  const { refused } = session;
  const upstreams = createUpstreams({ settings, issuer: oidc, refused, load, clock, log, metrics });
  const findSession = createSessionFinder(session);
  const serveRefresh = createServeRefresh(session.coordinator);
  const refreshesHere = createRefreshesHere(settings);
  const callerOf = createCallers({
    findSession, serveRefresh, refused, refreshesHere, clientAddressOf, clock,
  }); // prettier-ignore
  const ask = createAsk({
    dispatcher, upgrades: connections.upgrades, clientAddressOf, originOf, settings, clock, metrics,
  }); // prettier-ignore
  const proxy = createProxy({ upstreams, callerOf, ask, originOf });
  const sockets = createOpenSockets({ sessions: session.sessions, clock, log });
  metrics.upstreamSockets.read = sockets.open;
  const webSockets = createWebSocketProxy({ upstreams, ask, callerOf, originOf, sockets, clock });
  const withSession = createSessionGuard(findSession);
  return { load, upstreams, withSession, serveRefresh, proxy, sockets, webSockets };
}

/**
 * Puts one server together: the composition root of `server/`.
 *
 * @returns `handle`, which answers any request below `/api`, and the parts that pages, start-up and tests need
 */
export function composeServer(settings: Settings, parts: ResealParts = {}) {
  const connections = connect(settings, parts);
  const { clock, log, metrics, store, upstream, password, oidc, throttle, clientAddressOf } = connections;
  const session = createSessionParts(settings, connections);
  const { cookies, sessions, cooldown, coordinator, list, endSession, startSession } = session;
  const lifecycle = { draining: false };
  const originOf = createOriginFinder(settings);
  const proxying = createProxyParts(settings, connections, session, originOf);
  const { load, upstreams, withSession, serveRefresh, proxy, sockets } = proxying;
  const clientId = settings.oidc?.clientId ?? '';
  const find = createRoutes({
    whoAmI: withSession(createWhoAmI(sessions)),
    refreshUser: withSession(createRefreshUser({ serveRefresh, cookies, sessions, list, clock })),
    login:
      password &&
      createLogin({
        issuer: password,
        cooldown,
        throttle,
        clientAddressOf,
        startSession,
        sessions,
        settings,
        clock,
        log,
        metrics,
      }),
    beginLogin: oidc && createBeginLogin({ oidc, cookies, originOf, settings, clock, log }),
    takePostedAnswer: oidc && createTakePostedAnswer({ settings }),
    finishLogin:
      oidc && createFinishLogin({ ...session, oidc, originOf, leases: store, settings, clock, log }),
    backchannelLogout: oidc && createBackchannelLogout({ oidc, clientId, store, settings, clock, log }),
    logout: createLogout({ cookies, sessions, endSession, oidc, originOf, clock }),
    listSessions: withSession(createListSessions({ list, store, clock })),
    endOtherSession: withSession(createEndOtherSession({ list, store, settings, clock, log })),
    nameSession: withSession(createNameSession({ list, store })),
    health: createHealth({ store, load, upstreams: upstreams.all, lifecycle }),
    metrics: createMetricsRoute({ metrics, settings }),
    proxy: (exchange) => proxy(exchange),
  });
  return {
    ...connections,
    ...session,
    withSession,
    settings,
    lifecycle,
    load,
    upstreams,
    sockets,
    upgrades: createUpgrader(proxying.webSockets, settings.basePath, log),
    find,
    originOf,
    handle: createRouter({ find, originOf, basePath: settings.basePath, log }),
    upstreamFetch: createUpstreamFetch(proxy, log),
    getSession: createGetSession({ cookies, sessions }),
    async close(): Promise<void> {
      sockets.closeAll();
      await coordinator.idle();
      await Promise.all([
        store.close(), upstream.close(), connections.upgrades.close(), connections.issuerPool.close(),
      ]); // prettier-ignore
    },
  };
}

export type Reseal = ReturnType<typeof composeServer>;

/**
 * The one server of this process.
 *
 * One, although Next gives API routes and `getServerSideProps` a module instance each: two coordinators would
 * present one token twice.
 *
 * @throws {SettingsError} where the environment is missing something, or the session file cannot be used
 */
export function sharedReseal(): Reseal {
  return runningOr(() => composeServer(readSettings(process.env)));
}
