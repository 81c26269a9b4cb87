import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeListener, type NodeListener } from '../../server/adapters/node.ts';
import { upgradeListener } from '../../server/adapters/upgrade.ts';
import { readSettings, type Settings } from '../../server/settings/fromEnv.ts';
import { createLog } from '../../server/ops/log.ts';
import { composeServer, type Reseal, type ResealParts } from '../../server/composeServer.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import type { UpstreamOptions } from '../../upstream/options.ts';

/** The real API on a real socket, as the front door serves it. */
export interface App {
  readonly url: string;
  readonly runtime: Reseal;
  /** Everything that was logged, as it was written. */
  readonly logged: () => string;
  readonly close: () => Promise<void>;
}

export interface AppOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Any free one by default. */
  readonly port?: number;
  readonly settings?: Partial<Settings>;
  readonly parts?: ResealParts;
}

const PASSWORD = 'a-password-of-thirty-two-letters-or-more';

/** Starts one instance of the app before an upstream. */
export async function startApp(
  upstreamUrl: string,
  { env, port = 0, settings, parts }: AppOptions = {},
): Promise<App> {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  let answer: NodeListener = async () => undefined;
  let takes: (req: IncomingMessage) => boolean = () => false;
  const server: Server = createServer(
    { shouldUpgradeCallback: (req) => takes(req) },
    (req, res) => void answer(req, res),
  );
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const read = readSettings({
    NODE_ENV: 'production',
    UPSTREAM_URL: upstreamUrl,
    UPSTREAM_PATHS: '/notes,/me,/events,/echo,/lab',
    SESSION_PASSWORD: PASSWORD,
    APP_URL: url,
    ...(env?.['REDIS_URL'] ? {} : { SESSION_STORE: 'memory' }),
    ...env,
  });
  const runtime = composeServer({ ...read, ...settings }, { log, ...parts });
  answer = nodeListener(runtime.handle);
  takes = ({ headers, url: target = '' }) => runtime.upgrades.takes({ headers, target });
  server.on('upgrade', upgradeListener(runtime.upgrades));
  const { close } = runtime;
  return {
    url,
    runtime,
    logged: () => lines.join(''),
    close: async () => {
      runtime.sockets.closeAll();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}

/** The embedded upstream with one app before it. */
export interface AppWithUpstream extends App {
  readonly upstream: Upstream;
}

/** Starts both; `close` stops both. */
export async function startAppWithUpstream(
  upstreamOptions: UpstreamOptions = {},
  options: AppOptions = {},
): Promise<AppWithUpstream> {
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
