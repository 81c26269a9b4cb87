import type { Server } from 'node:http';
import { SettingsError } from '../settings/fromEnv.ts';
import { whyThereMayBeSeveral } from './instanceWarnings.ts';
import { tendHttpServer, watchRequests } from './httpServer.ts';
import { sharedReseal, type Reseal } from '../createReseal.ts';
import { createShutdown } from './shutdown.ts';

const RECORDS = { redis: 'Redis', sqlite: 'a file in DATA_DIR', memory: 'this process' } as const;

const FRONT_DOOR = Symbol.for('reseal.frontDoor');
type Marked = { [FRONT_DOOR]?: true };

/** Says that this process has a front door: Next's instrumentation then starts nothing. */
export function markFrontDoor(): void {
  (globalThis as Marked)[FRONT_DOOR] = true;
}

/** Tells whether a front door serves this process. On `globalThis`: Next bundles this module a second time. */
export function hasFrontDoor(): boolean {
  return (globalThis as Marked)[FRONT_DOOR] === true;
}

/** Finds the servers that Next makes and keeps to itself, and gives them our bounds. */
function tendServersOfNext(reseal: Reseal): ReadonlySet<Server> {
  const servers = new Set<Server>();
  tendHttpServer();
  watchRequests(({ server, response }) => {
    servers.add(server);
    if (reseal.lifecycle.draining) response.setHeader('Connection', 'close');
  });
  return servers;
}

/**
 * Starts what must be there before the first request, in a production server.
 *
 * Signals are ours only where `NEXT_MANUAL_SIG_HANDLE` says so, as `npm start` and the Dockerfile do; Next's own
 * handler would end the process under a refresh whose callers have already been told to wait.
 */
export function startUp(
  env: Readonly<Record<string, string | undefined>> = process.env,
  own: Server | null = null,
): void {
  try {
    const runtime = sharedReseal();
    const { appUrl, upstreamUrl, upstreamPaths, oidc, store } = runtime.settings;
    runtime.log.info(
      {
        app: appUrl.origin,
        upstream: upstreamUrl.href,
        paths: upstreamPaths,
        login: oidc ? oidc.issuer.href : 'password',
        records: RECORDS[store.kind],
      },
      'started',
    );
    const servers = own ? new Set([own]) : tendServersOfNext(runtime);
    const hint = store.kind === 'redis' ? null : whyThereMayBeSeveral(env);
    if (store.kind === 'memory')
      runtime.log.warn('SESSION_STORE=memory: a restart revives sessions that were ended');
    if (hint)
      runtime.log.warn(
        { hint },
        'there may be several instances, and REDIS_URL is not set: see docs/scaling.md',
      );
    if (!env['NEXT_MANUAL_SIG_HANDLE']) {
      runtime.log.warn('NEXT_MANUAL_SIG_HANDLE is not set: a stop does not wait for refreshes in flight');
      return;
    }
    const { stop } = createShutdown(runtime, servers);
    process.on('SIGTERM', () => void stop(runtime.settings.shutdownDelayMs).then(() => process.exit(0)));
    process.on('SIGINT', () => void stop(0).then(() => process.exit(0)));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`\n${error.message}\n\n.env.example lists every variable.\n`);
    process.exit(1);
  }
}
