import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Log } from '../ops/log.ts';
import type { Exchange } from './exchange.ts';

/** Where a login comes from. */
export interface ClientAddress {
  /** An IP address in one spelling: IPv4 dotted, IPv6 as its eight groups; `unknown` where the connection has none. */
  readonly address: string;
  /** Whether other people arrive with the same address: a reverse proxy that `TRUSTED_PROXIES` does not count. */
  readonly isShared: boolean;
}

export type ClientAddressOf = (exchange: Pick<Exchange, 'headers' | 'remoteAddress'>) => ClientAddress;

/**
 * Makes what finds the address of a client: the peer, or what the last of `trustedProxies` reverse proxies wrote into
 * `X-Forwarded-For`.
 *
 * Every entry before that one is the client's own claim. An entry that is no address counts for nothing: the peer does.
 * `Forwarded` is not read: no proxy setting of ours says who wrote it.
 *
 * Without `TRUSTED_PROXIES` a request from a private peer that brings such a header shows a reverse proxy: all people
 * share its address. The log says so once.
 */
export function createClientAddresses(trustedProxies: number, log: Log): ClientAddressOf {
  let hasWarned = false;

  return ({ headers, remoteAddress }) => {
    const peer = parseAddress(remoteAddress ?? '') ?? 'unknown';
    if (trustedProxies > 0) {
      const entries = String(headers['x-forwarded-for'] ?? '').split(',');
      return { address: parseAddress(entries.at(-trustedProxies) ?? '') ?? peer, isShared: false };
    }
    const isShared = isPrivate(peer) && isForwarded(headers, peer);
    if (isShared && !hasWarned) {
      hasWarned = true;
      log.warn(
        'requests come through a reverse proxy and TRUSTED_PROXIES is 0, so all people have one address: ' +
          'set TRUSTED_PROXIES to the number of proxies that append to X-Forwarded-For; ' +
          'until then only failures of one name are limited',
      );
    }
    return { address: peer, isShared };
  };
}

/** Whether a proxy sent the request on. Next adds `X-Forwarded-For` with the address of the peer where there is none. */
function isForwarded({ forwarded, 'x-forwarded-for': chain }: Exchange['headers'], peer: string): boolean {
  return forwarded !== undefined || (chain !== undefined && parseAddress(String(chain)) !== peer);
}

/**
 * Reads an IP address as proxies write it: with a port, in brackets, in quotes, with a zone, as IPv4 mapped into IPv6.
 *
 * @returns the address in one spelling, or `null`
 * @see RFC 7239 §6, RFC 4291 §2.5.5.2, RFC 6874
 */
export function parseAddress(text: string): string | null {
  if (text.length > 100) return null;
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(bare) ?? [];
  const [, dotted] = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(bare) ?? [];
  const address = (bracketed ?? dotted ?? bare).replace(/%[\w.~-]{1,32}$/, '');
  if (bracketed === undefined && isIPv4(address)) return address;
  return isIPv6(address) ? spellIPv6(address) : null;
}

/** Spells out all groups, in lower case without leading zeros; an IPv4 address within becomes that address. */
function spellIPv6(address: string): string {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = [], tail = []] = hex.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  const groups = [...head, ...zeros, ...tail].map((group) => parseInt(group, 16));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped) return groups.map((group) => group.toString(16)).join(':');
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

const NEAR = new BlockList();
for (const [net, bits] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16], ['100.64.0.0', 10]] as const)
  NEAR.addSubnet(net, bits, 'ipv4'); // prettier-ignore
NEAR.addAddress('::1', 'ipv6');
for (const [net, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  NEAR.addSubnet(net, bits, 'ipv6');

/** Loopback, private, link-local or shared address space; a local socket has no address. @see RFC 6890 */
function isPrivate(address: string): boolean {
  if (address === 'unknown') return true;
  return NEAR.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/**
 * Names the network of an address so coarsely that it points at no household: the /24 of an IPv4 address, the /48 of an
 * IPv6 address. `undefined` where the address is unknown, or a reverse proxy's and not the client's.
 */
export function coarseNetwork({ address, isShared }: ClientAddress): string | undefined {
  const spelled = isShared ? null : parseAddress(address);
  if (spelled === null) return undefined;
  if (!spelled.includes(':')) return spelled.replace(/\d+$/, '0/24');
  return `${spelled.split(':').slice(0, 3).join(':')}::/48`;
}

/** Takes a /64 of IPv6 for one address: one customer has all of it. @see RFC 6177 §2 */
export function networkOf(address: string): string {
  const spelled = parseAddress(address) ?? address;
  return spelled.includes(':') ? spelled.split(':').slice(0, 4).join(':') : spelled;
}
