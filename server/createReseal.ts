import { Agent, type Dispatcher } from 'undici';
import { systemClock, type Clock } from './clock.ts';
import { createCallLimits } from './proxy/callLimits.ts';
import { createLocationRewriter } from './proxy/location.ts';
import { createCooldown } from './refresh/cooldown.ts';
import { memoryStore } from './store/memory.ts';
import { redisStore } from './store/redis/store.ts';
import { connectRedis } from './store/redis/link.ts';
import { redisLimiter } from './store/redis/limiter.ts';
import type { SessionStore } from './store/contracts.ts';
import { createEndSession } from './session/end.ts';
import { readSettings, type Settings } from './settings/fromEnv.ts';
import type { Issuer, PasswordIssuer } from './issuers/issuer.ts';
import { oidcIssuer } from './issuers/oidc/client.ts';
import { createStrangerWatch } from './ops/instanceWarnings.ts';
import { MAX_ISSUER_ANSWER_BYTES } from './issuers/boundedFetch.ts';
import { passwordIssuer } from './issuers/password.ts';
import { createLog, type Log } from './ops/log.ts';
import { createMetrics } from './ops/metrics.ts';
import { createCoordinator } from './refresh/coordinator.ts';
import { createRevoker } from './refresh/revoke.ts';
import { createSeals } from './session/cookies.ts';
import { createSessionList } from './session/list.ts';
import { createSessions } from './session/resolve.ts';
import { createThrottle } from './http/loginThrottle.ts';

/** What tests and other compositions may bring of their own. */
export interface RuntimeParts {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly store?: SessionStore;
  readonly issuer?: PasswordIssuer;
}

/** Puts one server together: the composition root of `server/`. */
export function createRuntime(settings: Settings, parts: RuntimeParts = {}) {
  const clock = parts.clock ?? systemClock;
  const log = parts.log ?? createLog(process.env['LOG_LEVEL'] ?? 'info');
  const metrics = createMetrics();
  const redis = settings.redisUrl && !parts.store ? connectRedis(settings.redisUrl, { log, metrics }) : null;
  const store = parts.store ?? (redis ? redisStore(redis, clock) : memoryStore(clock));
  // Two pools: an upstream that hangs must not keep refreshes from reaching the issuer.
  const upstream: Dispatcher = new Agent({
    headersTimeout: settings.upstreamTimeoutMs,
    bodyTimeout: 0,
    // No bound here: a call that waits for a connection waits for other people's calls. See proxy/callLimits.ts.
    connections: null,
  });
  // The calls bound themselves, so the pool must not.
  const issuerPool = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_ISSUER_ANSWER_BYTES,
  });
  const password = settings.oidc ? null : (parts.issuer ?? passwordIssuer(settings, issuerPool, clock));
  const oidc = settings.oidc ? oidcIssuer(settings.oidc, settings.appUrl, issuerPool, clock) : null;
  const issuer = (password ?? oidc) as Issuer;
  const seals = createSeals(settings, metrics);
  const sessions = createSessions({
    store,
    clock,
    settings,
    log,
    metrics,
    onRead: createStrangerWatch(log, settings.redisUrl !== null || parts.store !== undefined, clock.now()),
  });
  const cooldown = createCooldown(store, clock);
  const revoke = createRevoker({ issuer, clock, log, metrics });
  const { refreshTimeoutMs, maxMs } = settings;
  const coordinator = createCoordinator({
    issuer, sessions, store, cooldown, revoke, clock, log, metrics, refreshTimeoutMs,
  }); // prettier-ignore
  return {
    /** Set once the process was told to stop. */
    lifecycle: { draining: false },
    settings,
    clock,
    log,
    metrics,
    store,
    issuer,
    /** The issuer where people log in on our page, `null` in OIDC mode. */
    password,
    /** The issuer where people log in on its own pages, `null` in password mode. */
    oidc,
    upstream,
    callLimits: createCallLimits(settings.callLimits, metrics),
    rewriteLocation: createLocationRewriter(settings.upstreamUrl, settings.appUrl),
    seals,
    sessions,
    sessionList: createSessionList({ store, sessions, clock, log }),
    coordinator,
    revoke,
    endSession: createEndSession({ store, sessions, revoke, clock, log, maxMs }),
    throttle: createThrottle(redis ? redisLimiter(redis) : undefined),
    async close(): Promise<void> {
      await coordinator.idle();
      await Promise.all([store.close(), upstream.close(), issuerPool.close()]);
    },
  };
}

export type Runtime = ReturnType<typeof createRuntime>;

const KEY = Symbol.for('reseal.runtime');

/**
 * The one server of this process.
 *
 * On `globalThis`, because Next gives API routes and `getServerSideProps` a module instance each: two
 * coordinators would present one token twice.
 *
 * @throws {SettingsError} where the environment is missing something
 */
export function theRuntime(): Runtime {
  const shared = globalThis as { [KEY]?: Runtime };
  return (shared[KEY] ??= createRuntime(readSettings(process.env)));
}
