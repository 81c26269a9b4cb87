import type { Clock } from '../clock.ts';
import type { ClientTokenIssuer, ExchangeIssuer } from '../issuers/issuer.ts';
import type { Log } from '../ops/log.ts';
import type { CountAnswer, Metrics } from '../ops/metrics.ts';
import { peerAt, type Peer } from '../ops/tracing.ts';
import type { RefusedResources } from '../refresh/refusedResources.ts';
import type { Settings } from '../settings/fromEnv.ts';
import { allUpstreams, type GuardedUpstream, type UpstreamsOfSettings } from '../settings/upstreams.ts';
import { createCallLimits, type CallLimits, type ProcessLoad } from './callLimits.ts';
import { createClientTokenSource } from './clientToken.ts';
import { createExchangedTokens, type ExchangedTokens } from './exchangedTokens.ts';
import { createLocationRewriter, type RewriteLocation } from './location.ts';
import type { TokenSource } from './tokenSource.ts';
import { createPathTable, createTargetFinder, type Target } from './targetPath.ts';

/** How an upstream answered last. */
export type UpstreamState = 'unknown' | 'ok' | 'unreachable' | 'late';

/** An upstream with all that a call of it needs. */
export interface Upstream extends GuardedUpstream {
  readonly origin: string;
  /** The path of its address, without a slash at the end. */
  readonly basePath: string;
  /** What spans of calls to it say. */
  readonly peer: Peer;
  readonly rewrite: RewriteLocation;
  readonly limits: CallLimits;
  /** Where the app's own token comes from; `null` where people's tokens, or none, are attached. */
  readonly clientToken: TokenSource | null;
  /** Where the tokens come from that sessions' own ones are exchanged for; `null` where none are exchanged. */
  readonly exchanged: ExchangedTokens | null;
  readonly countAnswer: CountAnswer;
  state: UpstreamState;
}

/** The upstreams behind the proxy. */
export interface Upstreams {
  readonly all: readonly Upstream[];
  /** Finds where a request target of the proxy leads; `null` where it is not allowed. */
  readonly find: (target: string) => Target<Upstream> | null;
}

export interface UpstreamsOptions {
  readonly settings: UpstreamsOfSettings & Pick<Settings, 'appUrl' | 'basePath' | 'refreshTimeoutMs'>;
  /** Who gives the app tokens of its own, and exchanges people's; `null` in password mode. */
  readonly issuer: (ClientTokenIssuer & ExchangeIssuer) | null;
  readonly refused: RefusedResources;
  readonly load: ProcessLoad;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Makes the upstreams that the settings name. */
export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const { settings, issuer, refused, load, clock, log, metrics } = options;
  const given = allUpstreams(settings);
  const ownerOf = createPathTable(given);
  const all = given.map((upstream): Upstream => {
    const { url, name, resource } = upstream;
    const isClient = upstream.token === 'client' && issuer !== null;
    const bounds = { timeoutMs: settings.refreshTimeoutMs, clock, log };
    return {
      ...upstream,
      origin: url.origin,
      basePath: url.pathname.replace(/\/$/, ''),
      peer: peerAt('upstream', url),
      rewrite: createLocationRewriter(upstream, { all: given, ownerOf }, settings),
      limits: createCallLimits(upstream.callLimits, load, metrics),
      clientToken: isClient
        ? createClientTokenSource({ issuer, upstream: name, params: upstream.clientParams, ...bounds })
        : null,
      exchanged:
        issuer && resource?.by === 'exchange'
          ? createExchangedTokens({ issuer, upstream: name, resource, refused, ...bounds })
          : null,
      countAnswer: metrics.answersOf(name),
      state: 'unknown',
    };
  });
  return { all, find: createTargetFinder(all) };
}
