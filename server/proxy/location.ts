import { BlockList, isIP } from 'node:net';

const PROXY_PATH = '/api/upstream';

/** What was requested: the path at the upstream, and the app's origin that the request came to. */
export interface Requested {
  readonly path: string;
  readonly appOrigin: string;
}

/** Rewrites an address that an upstream answered; `null` where the browser must not see it. */
export type RewriteLocation = (location: string, requested: Requested) => string | null;

/** Addresses that no public host has; `BlockList` finds IPv4 addresses inside IPv6 ones too. @see RFC 6890 */
const INTERNAL = {
  ipv4: ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ipv6: ['::/127', 'fc00::/7', 'fe80::/10'],
} as const; // prettier-ignore
const internal = new BlockList();
for (const family of ['ipv4', 'ipv6'] as const)
  for (const subnet of INTERNAL[family]) {
    const [address = '', bits] = subnet.split('/');
    internal.addSubnet(address, Number(bits), family);
  }

/** Tells whether a host is reachable inside a network only: a private address, or a name without a public suffix. */
function isInternal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const version = isIP(host);
  if (version > 0) return internal.check(host, version === 4 ? 'ipv4' : 'ipv6');
  return !host.includes('.') || /\.(internal|local|localhost|lan|intranet|svc|home\.arpa)$/.test(host);
}

/**
 * Makes what rewrites `Location` and `Content-Location`.
 *
 * An address below `UPSTREAM_URL`, absolute or relative, becomes one below `/api/upstream`. The app's own addresses and
 * public ones of other hosts pass as they are. Everything else is dropped: another port of the upstream's host, a
 * path beside the base path of `UPSTREAM_URL`, an internal host, a scheme that is not http.
 *
 * @see RFC 9110 §10.2.2, §8.7
 */
export function createLocationRewriter(upstreamUrl: URL, mountPath = ''): RewriteLocation {
  const base = upstreamUrl.pathname.replace(/\/$/, '');
  return (location, { path, appOrigin }) => {
    // Node reads header bytes as latin1; a URL is UTF-8.
    const text = Buffer.from(location, 'latin1').toString('utf8');
    const requested = upstreamUrl.origin + base + path;
    if (!URL.canParse(text, requested)) return null;
    const target = new URL(text, requested);
    if (target.origin === appOrigin) return location;
    if (target.origin === upstreamUrl.origin) {
      const { pathname, search, hash } = target;
      if (pathname !== base && !pathname.startsWith(`${base}/`)) return null;
      return mountPath + PROXY_PATH + (pathname.slice(base.length) || '/') + search + hash;
    }
    const isWeb = target.protocol === 'https:' || target.protocol === 'http:';
    if (!isWeb || target.hostname === upstreamUrl.hostname || isInternal(target.hostname)) return null;
    return location;
  };
}
