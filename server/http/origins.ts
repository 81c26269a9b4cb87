import type { Settings } from '../settings/fromEnv.ts';
import type { Exchange } from './exchange.ts';
import { ApiError } from './problem.ts';

/** One address under which people reach this app. */
export interface AppOrigin {
  /** Scheme and host, such as `https://app.example`. */
  readonly origin: string;
  /** The host, with its port where that is not the scheme's own. */
  readonly host: string;
}

/**
 * Finds the origin that a request was sent to.
 *
 * @throws {ApiError} `host_not_allowed` where it is none of ours
 */
export type OriginOf = (request: Pick<Exchange, 'headers'>) => AppOrigin;

/**
 * Makes what finds the origin of a request: `APP_URL` alone, or where `APP_ORIGINS` lists more, the one that its host
 * names.
 *
 * Every address that is built for a browser or a provider comes from here. A host that is not listed is refused, so
 * that no client can choose where a redirect leads.
 *
 * @see RFC 9110 §7.2 (a host is the client's own claim), §7.4 (misdirected requests)
 */
export function createOriginFinder({
  appUrl,
  appOrigins,
  trustedProxies,
}: Pick<Settings, 'appUrl' | 'appOrigins' | 'trustedProxies'>): OriginOf {
  const own: AppOrigin = { origin: appUrl.origin, host: appUrl.host };
  // What probes and proxies write into `Host` does not matter as long as there is one origin only.
  if (appOrigins.length === 0) return () => own;
  const listed = appOrigins.map(patternOf);

  return ({ headers }) => {
    const given = hostOf(headers, trustedProxies);
    const host = given?.toLowerCase().replace(appUrl.protocol === 'https:' ? /:443$/ : /:80$/, '');
    // Only the server's own code calls without a host.
    if (host === undefined || host === own.host) return own;
    if (!listed.some((pattern) => pattern.test(host))) throw new ApiError('host_not_allowed');
    return { origin: `${appUrl.protocol}//${host}`, host };
  };
}

/** The host of an entry as a pattern; `*` stands for a part of one label. */
function patternOf(origin: string): RegExp {
  const { host } = new URL(origin.replace('*', WILDCARD));
  return new RegExp(`^${host.replaceAll('.', '\\.').replace(WILDCARD, '[a-z\\d-]+')}$`);
}

/** Stands for `*` where a URL is parsed. */
const WILDCARD = 'reseal-wildcard';

/** The host that the client named: as the outermost trusted proxy passes it on, else the request's own. */
function hostOf(headers: Exchange['headers'], trustedProxies: number): string | undefined {
  const forwarded = trustedProxies > 0 ? String(headers['x-forwarded-host'] ?? '') : '';
  const hosts = forwarded.split(',').map((host) => host.trim());
  // A proxy that appends leaves the client's claim in front; one that replaces leaves a single host.
  return hosts.at(-trustedProxies) || hosts[0] || headers.host;
}
