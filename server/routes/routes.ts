import { requireHeaderOrSameOriginRead, unguarded } from '../http/csrfGuard.ts';
import type { Handler } from '../http/exchange.ts';
import { ApiError } from '../http/problem.ts';
import type { Route } from '../http/router.ts';
import { guardAllButNavigation } from './beginLogin.ts';

/** The handler of each route of the contract; `null` where the mode (password or OIDC) has none. */
export interface RouteHandlers {
  readonly whoAmI: Handler;
  readonly refreshUser: Handler;
  readonly login: Handler | null;
  readonly beginLogin: Handler | null;
  readonly finishLogin: Handler | null;
  readonly takePostedAnswer: Handler | null;
  readonly backchannelLogout: Handler | null;
  readonly logout: Handler;
  readonly listSessions: Handler;
  readonly endOtherSession: Handler;
  readonly nameSession: Handler;
  readonly health: Handler;
  readonly metrics: Handler;
  readonly proxy: Handler;
}

const NOT_FOUND: Route = { guard: unguarded, handlers: refuseWith('not_found') };

function refuseWith(code: 'not_found' | 'method_not_allowed', headers = {}): Handler {
  return async () => {
    throw new ApiError(code, { headers });
  };
}

/** Every path of the contract. @see docs/wire.md, Routes */
export const ROUTES = [
  '/api/user', '/api/login', '/api/callback', '/api/logout', '/api/sessions', '/api/sessions/<id>',
  '/api/backchannel-logout', '/api/upstream/<path>', '/api/health', '/api/metrics',
] as const; // prettier-ignore

/** Makes what finds the route of a path below `/api`; a path without one answers 404. */
export function createRoutes(handlers: RouteHandlers): (path: string) => Route {
  const notFound = refuseWith('not_found');
  const routes: Readonly<Record<RouteName, Route>> = {
    '/api/user': { handlers: { GET: handlers.whoAmI, POST: handlers.refreshUser } },
    '/api/login': {
      handlers: {
        GET: handlers.beginLogin ?? refuseWith('method_not_allowed', { Allow: 'POST' }),
        POST: handlers.login ?? refuseWith('method_not_allowed', { Allow: 'GET' }),
      },
      guard: guardAllButNavigation,
    },
    '/api/callback': {
      handlers: { GET: handlers.finishLogin ?? notFound, POST: handlers.takePostedAnswer ?? notFound },
      guard: unguarded,
    },
    '/api/logout': { handlers: { POST: handlers.logout } },
    '/api/sessions': { handlers: { GET: handlers.listSessions } },
    '/api/sessions/<id>': { handlers: { DELETE: handlers.endOtherSession, PATCH: handlers.nameSession } },
    '/api/backchannel-logout': {
      handlers: { POST: handlers.backchannelLogout ?? notFound },
      guard: unguarded,
      anyHost: true,
    },
    '/api/upstream/<path>': { handlers: handlers.proxy, guard: requireHeaderOrSameOriginRead },
    '/api/health': {
      handlers: { GET: handlers.health, HEAD: handlers.health },
      guard: unguarded,
      anyHost: true,
    },
    '/api/metrics': { handlers: { GET: handlers.metrics }, guard: unguarded, anyHost: true },
  };

  const named = new Map(ROUTES.map((name) => [name, { ...routes[name], name }]));
  return (path) => named.get(routeOf(path) as RouteName) ?? NOT_FOUND;
}

type RouteName = (typeof ROUTES)[number];

/** Names the route of a path; `null` where the contract has none. */
export function routeOf(path: string): RouteName | null {
  if (path.startsWith('/api/upstream/')) return '/api/upstream/<path>';
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  if (/^\/api\/sessions\/[^/]+$/.test(bare)) return '/api/sessions/<id>';
  return ROUTES.find((name) => name === bare && !name.includes('<')) ?? null;
}
