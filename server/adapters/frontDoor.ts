import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import next from 'next';
import { sharedReseal, type Reseal } from '../composeServer.ts';
import { createApiHeaders, HSTS_HEADER, transportSecurity } from '../http/securityHeaders.ts';
import { CONNECTION_BOUNDS, createHttpServer } from '../ops/httpServer.ts';
import { startUp } from '../ops/startup.ts';
import { isApiError, problem } from '../http/problem.ts';
import { requestIdOf } from '../http/requestId.ts';
import { markFrontDoor } from '../processWide.ts';
import { nodeListener, writeReply } from './node.ts';
import { upgradeListener } from './upgrade.ts';

export interface FrontDoorOptions {
  readonly port: number;
  /** The address to listen on; every address where it is not given. */
  readonly hostname?: string | undefined;
  /** Where the build is: the folder that holds `.next`. */
  readonly dir: string;
}

/** Tells whether a request is for the API: it never passes through Next. */
const isApi = (target: string | undefined) => target !== undefined && /^\/api(?:[/?]|$)/.test(target);

/**
 * Answers `/api/*` itself and hands everything else to `pages`.
 *
 * Exported for tests, which have no build to serve pages from.
 */
export function createFrontDoor(reseal: Reseal, pages: RequestListener): Server {
  const { settings, lifecycle, log, upgrades } = reseal;
  /** A page must not be served under a name that is none of ours, or lead on from there. */
  const refusalOf = (req: IncomingMessage) => {
    try {
      reseal.originOf(req);
      return null;
    } catch (error) {
      return problem(isApiError(error) ? error.code : 'internal_error', requestIdOf(req));
    }
  };
  const isOurs = (req: IncomingMessage) => refusalOf(req) === null;
  const answer = nodeListener(reseal.handle, createApiHeaders(settings.hsts, isOurs));
  const fail = (req: IncomingMessage, res: ServerResponse, err: unknown) => {
    log.error({ err, method: req.method, path: req.url?.split('?')[0] }, 'a reply could not be written');
    res.destroy();
  };
  return createHttpServer(
    (req, res) => {
      if (lifecycle.draining) res.setHeader('Connection', 'close');
      if (isApi(req.url)) return void answer(req, res).catch((err: unknown) => fail(req, res, err));
      const refusal = refusalOf(req);
      if (refusal) return void writeReply(res, refusal);
      const security = transportSecurity(req, settings.hsts);
      if (security !== null) res.setHeader(HSTS_HEADER, security);
      pages(req, res);
    },
    { ...CONNECTION_BOUNDS, keepAliveMs: settings.keepAliveMs },
    {
      takes: ({ url = '', headers }) => isApi(url) && upgrades.takes({ headers, target: url }),
      onUpgrade: upgradeListener(upgrades),
    },
  );
}

/**
 * Lets Next take its configuration from the build, as its standalone server does: next.config.js and what it imports
 * need not be there, or be read again.
 */
function useBuiltConfig(dir: string): void {
  const { config } = JSON.parse(readFileSync(join(dir, '.next/required-server-files.json'), 'utf8')) as {
    readonly config: object;
  };
  process.env['__NEXT_PRIVATE_STANDALONE_CONFIG'] = JSON.stringify(config);
}

/**
 * Serves the whole app in this process: the API in front of Next, pages and assets by Next.
 *
 * @returns the address it listens on; rejects where it cannot listen
 * @throws {SettingsError} where the environment is missing something
 */
export async function serveApp({ port, hostname, dir }: FrontDoorOptions): Promise<Server> {
  const reseal = sharedReseal();
  markFrontDoor();
  useBuiltConfig(dir);
  let pages: RequestListener = () => undefined;
  const server = createFrontDoor(reseal, (req, res) => pages(req, res));
  // Next needs the names only for what it writes into pages. It would end every WebSocket of a server that it knows, so
  // it is given one that never listens.
  const httpServer = createServer();
  const app = next({ dev: false, dir, port, hostname: hostname ?? 'localhost', httpServer });
  await app.prepare();
  const handler = app.getRequestHandler();
  pages = (req, res) => {
    handler(req, res).catch((err: unknown) => {
      reseal.log.error({ err }, 'a page could not be answered');
      res.destroy();
    });
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host: hostname, backlog: 2048 }, resolve);
  });
  startUp(process.env, server);
  return server;
}
