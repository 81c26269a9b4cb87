import { NO_IDENTITY, RESEAL_HEADER } from '../../contract/headers.ts';
import type { Exchange } from './exchange.ts';
import { ApiError } from './problem.ts';

type Request = Pick<Exchange, 'method' | 'headers'>;

/** Refuses requests that are not the app's own; throws an `ApiError`. */
export type Guard = (request: Request, appOrigin: string) => void;

/** For the routes that answer navigations, issuers and monitors: nothing there acts for a person. */
export const unguarded: Guard = () => undefined;

const HEADER = RESEAL_HEADER.toLowerCase();

/** Destinations in which a browser would run, style or frame what it gets: never through the proxy. */
const REFUSED_DESTINATIONS = new Set([
  'script', 'worker', 'sharedworker', 'serviceworker', 'audioworklet', 'paintworklet', 'style', 'xslt',
  'iframe', 'frame', 'fencedframe', 'object', 'embed', 'manifest', 'webidentity',
]); // prettier-ignore

function refuse(): never {
  throw new ApiError('csrf_rejected');
}

/** Refuses what another site sent, as far as the browser says so. @see Fetch Metadata, RFC 6454 §7 */
function refuseForeign({ headers }: Pick<Request, 'headers'>, appOrigin: string): void {
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && origin !== appOrigin) refuse();
  if (site !== undefined && site !== 'same-origin' && site !== 'none') refuse();
}

/**
 * Refuses a call without the static custom header, or from another site.
 *
 * @throws {ApiError} `csrf_rejected`
 * @see RFC 10017, CSRF defence by a custom header on every request
 */
export function requireHeader(req: Request, appOrigin: string): void {
  refuseForeign(req, appOrigin);
  if (!identityOf(req)) refuse();
}

/**
 * Lets `<img>`, downloads and `EventSource` read, which can set no header: the browser's word that the page is
 * ours stands in for it. Such a read carries no identity.
 *
 * @throws {ApiError} `csrf_rejected`
 */
export function requireHeaderOrSameOriginRead(req: Request, appOrigin: string): void {
  refuseForeign(req, appOrigin);
  if (REFUSED_DESTINATIONS.has(String(req.headers['sec-fetch-dest'] ?? ''))) refuse();
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  if (!identityOf(req) && !(isRead && req.headers['sec-fetch-site'] === 'same-origin')) refuse();
}

/**
 * Lets a page of ours open a WebSocket, for which it can set no header: browsers always name the origin of a handshake.
 * Other clients send the header.
 *
 * @throws {ApiError} `csrf_rejected`
 * @see RFC 6455 §10.2
 */
export function requireHeaderOrOwnOrigin(req: Pick<Request, 'headers'>, appOrigin: string): void {
  refuseForeign(req, appOrigin);
  if (req.headers.origin === undefined && !identityOf(req)) refuse();
}

/** The session that the caller believes it acts for, `1` where it knows none, `null` without the header. */
function identityOf({ headers }: Pick<Exchange, 'headers'>): string | null {
  const value = headers[HEADER];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Tells whether a caller says that it acts for a session. */
export function claimsSession(req: Pick<Exchange, 'headers'>): boolean {
  const claimed = identityOf(req);
  return claimed !== null && claimed !== NO_IDENTITY;
}

/**
 * Refuses a call that was made for another session than the cookie's, so that no click is carried out under
 * another account.
 *
 * @throws {ApiError} `session_changed`
 */
export function requireIdentity(req: Pick<Exchange, 'headers'>, sessionId: string): void {
  const claimed = identityOf(req);
  if (claimed !== null && claimed !== NO_IDENTITY && claimed !== sessionId)
    throw new ApiError('session_changed');
}
