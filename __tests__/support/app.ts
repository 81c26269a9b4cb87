import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import nothingHere from '../../pages/api/[[...path]].ts';
import backchannelLogout from '../../pages/api/backchannel-logout.ts';
import callback from '../../pages/api/callback.ts';
import health from '../../pages/api/health.ts';
import login from '../../pages/api/login.ts';
import logout from '../../pages/api/logout.ts';
import metrics from '../../pages/api/metrics.ts';
import sessions from '../../pages/api/sessions.ts';
import oneSession from '../../pages/api/sessions/[id].ts';
import upstreamProxy from '../../pages/api/upstream/[...path].ts';
import user from '../../pages/api/user.ts';
import { readSettings, type Settings } from '../../server/settings/fromEnv.ts';
import { createLog } from '../../server/ops/log.ts';
import { createRuntime, type Runtime, type RuntimeParts } from '../../server/createReseal.ts';
import type { ApiRoute } from '../../server/http/handler.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import type { UpstreamOptions } from '../../upstream/options.ts';

const routes: Readonly<Record<string, ApiRoute>> = {
  '/api/user': user,
  '/api/login': login,
  '/api/logout': logout,
  '/api/callback': callback,
  '/api/backchannel-logout': backchannelLogout,
  '/api/health': health,
  '/api/metrics': metrics,
  '/api/sessions': sessions,
};

/** The real API routes on a real socket, as Next would call them. */
export interface App {
  readonly url: string;
  readonly runtime: Runtime;
  /** Everything that was logged, as it was written. */
  readonly logged: () => string;
  readonly close: () => Promise<void>;
}

export interface AppOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Partial<Settings>;
  readonly parts?: RuntimeParts;
}

const PASSWORD = 'a-password-of-thirty-two-letters-or-more';

/** Starts one instance of the app before an upstream. */
export async function startApp(upstreamUrl: string, { env, settings, parts }: AppOptions = {}): Promise<App> {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  let runtime: Runtime | undefined = undefined;
  const server: Server = createServer((req, res) => {
    const path = (req.url ?? '').split('?')[0] ?? '';
    const below = path.startsWith('/api/sessions/') ? oneSession : nothingHere;
    const route = routes[path] ?? (path.startsWith('/api/upstream/') ? upstreamProxy : below);
    void route(req, res, runtime);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const read = readSettings({
    NODE_ENV: 'production',
    UPSTREAM_URL: upstreamUrl,
    UPSTREAM_PATHS: '/notes,/me,/events,/echo,/lab',
    SESSION_PASSWORD: PASSWORD,
    APP_URL: url,
    ...env,
  });
  runtime = createRuntime({ ...read, ...settings }, { log, ...parts });
  const { close } = runtime;
  return {
    url,
    runtime,
    logged: () => lines.join(''),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}

/** The embedded upstream with one app before it. */
export interface House extends App {
  readonly upstream: Upstream;
}

/** Starts both; `close` stops both. */
export async function startHouse(
  upstreamOptions: UpstreamOptions = {},
  options: AppOptions = {},
): Promise<House> {
  const upstream = await createUpstream(upstreamOptions);
  const app = await startApp(upstream.url, options);
  return {
    ...app,
    upstream,
    close: async () => {
      await upstream.close();
      await app.close();
    },
  };
}
