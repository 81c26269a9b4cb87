import type { Server } from 'node:http';
import { isSettingsError } from '../settings/fromEnv.ts';
import { HSTS_HEADER, transportSecurity } from '../http/securityHeaders.ts';
import { whyThereMayBeSeveral } from './instanceWarnings.ts';
import { tendHttpServer, watchRequests } from './httpServer.ts';
import { sharedReseal, type Reseal } from '../composeServer.ts';
import { createLog } from './log.ts';
import { createShutdown } from './shutdown.ts';

const RECORDS = { redis: 'Redis', sqlite: 'a file in DATA_DIR', memory: 'this process' } as const;

/** Finds the servers that Next makes and keeps to itself, and gives them our bounds. */
function tendServersOfNext(reseal: Reseal): ReadonlySet<Server> {
  const servers = new Set<Server>();
  tendHttpServer();
  watchRequests(({ server, request, response }) => {
    servers.add(server);
    const security = transportSecurity(request, reseal.settings.hsts);
    if (security !== null) response.setHeader(HSTS_HEADER, security);
    if (reseal.lifecycle.draining) response.setHeader('Connection', 'close');
  });
  return servers;
}

/**
 * Starts what must run before the first request of a production server; ends the process where that fails.
 *
 * A process that stayed up would answer every request with 500, and its supervisor would not restart it. Signals are
 * ours only where `NEXT_MANUAL_SIG_HANDLE` says so, as `npm start` and the Dockerfile do; Next's own handler would end
 * the process during a refresh whose callers wait.
 */
export function startUp(
  env: Readonly<Record<string, string | undefined>> = process.env,
  own: Server | null = null,
): void {
  try {
    serve(env, own);
  } catch (error) {
    if (isSettingsError(error))
      process.stderr.write(`\n${error.message}\n\n.env.example lists every variable.\n`);
    // Never the message: it may quote the setting that it could not read.
    else createLog('info').fatal({ err: error }, 'the server cannot start');
    process.exit(1);
  }
}

function serve(env: Readonly<Record<string, string | undefined>>, own: Server | null): void {
  const runtime = sharedReseal();
  const { appUrl, upstreamUrl, upstreamPaths, upstreams, oidc, store } = runtime.settings;
  runtime.log.info(
    {
      app: appUrl.origin,
      upstream: upstreamUrl.href,
      paths: upstreamPaths,
      ...(upstreams.length > 0 && {
        upstreams: upstreams.map(({ name, url, paths, token }) => ({ name, url: url.href, paths, token })),
      }),
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
}
