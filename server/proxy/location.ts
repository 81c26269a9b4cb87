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

/** An upstream, as far as addresses are concerned. */
interface Addressed {
  readonly url: URL;
}

/** The upstreams, and which of them a path of the proxy belongs to. */
export interface Neighbours<U extends Addressed> {
  readonly all: readonly U[];
  readonly ownerOf: (path: string) => U | null;
}

const baseOf = ({ url }: Addressed) => url.pathname.replace(/\/$/, '');

/** The path of an address below an upstream's own; `null` where it is not below. */
function pathBelow(upstream: Addressed, target: URL): string | null {
  const base = baseOf(upstream);
  const { origin, pathname } = target;
  if (origin !== upstream.url.origin || (pathname !== base && !pathname.startsWith(`${base}/`))) return null;
  return pathname.slice(base.length) || '/';
}

/**
 * Makes what rewrites `Location` and `Content-Location`.
 *
 * An address below the upstream's own, absolute or relative, becomes one below `/api/upstream`, and so does an address that
 * is another upstream's path. The app's own addresses and public ones of other hosts pass as they are. Everything else is
 * dropped: another port of an upstream's host, a path beside its base path, a path that the proxy would send to another
 * upstream, an internal host, a scheme that is not http.
 *
 * @see RFC 9110 §10.2.2, §8.7
 */
export function createLocationRewriter<U extends Addressed>(
  upstream: U,
  { all, ownerOf }: Neighbours<U>,
  { basePath }: { readonly basePath: string },
): RewriteLocation {
  const origin = upstream.url.origin + baseOf(upstream);
  const hosts = new Set(all.map(({ url }) => url.hostname));

  /** The path of an address by which the proxy reaches it. */
  function proxiedPath(target: URL): string | null {
    const own = pathBelow(upstream, target);
    // A path of none is rewritten too: it is refused, and shows nothing.
    if (own !== null && (ownerOf(own) ?? upstream) === upstream) return own;
    for (const other of all) {
      const path = pathBelow(other, target);
      if (path !== null && ownerOf(path) === other) return path;
    }
    return null;
  }

  return (location, { path: requestedPath, appOrigin }) => {
    // Node reads header bytes as latin1; a URL is UTF-8.
    const text = Buffer.from(location, 'latin1').toString('utf8');
    const requested = origin + requestedPath;
    if (!URL.canParse(text, requested)) return null;
    const target = new URL(text, requested);
    if (target.origin === appOrigin) return location;
    const path = proxiedPath(target);
    if (path !== null) return basePath + PROXY_PATH + path + target.search + target.hash;
    const isWeb = target.protocol === 'https:' || target.protocol === 'http:';
    return !isWeb || hosts.has(target.hostname) || isInternal(target.hostname) ? null : location;
  };
}
