import { AsyncLocalStorage } from 'node:async_hooks';
import { createRemoteJWKSet, customFetch as joseFetch, type JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock.ts';
import type { OidcSettings } from '../../settings/oidc.ts';
import { boundedFetch, type Fetch } from '../boundedFetch.ts';
import { IssuerCallError, type Endpoint } from '../failure.ts';
import type { CallOptions } from '../issuer.ts';
import { clientAuthentication } from './clientAuth.ts';
import { normaliseTokenAnswer } from './tokenAnswer.ts';

const DISCOVERY_MS = 10_000;
const METADATA_FRESH_MS = 60 * 60_000;
/** How often an unknown key id in a logout token, which anybody can send, makes us ask the provider. */
const KEYS_COOLDOWN_MS = 1000;

/** What is known of the provider. */
export interface Provider {
  readonly metadata: client.ServerMetadata;
  /** The provider's signature keys, fetched when needed and again when an unknown one is named. */
  readonly keys: JWTVerifyGetKey & { reload(): Promise<void> };
  /** Makes one call with openid-client's configuration, within the call's own signal and request id. */
  call<T>(options: Partial<CallOptions>, action: (configuration: client.Configuration) => T): T;
}

/**
 * Makes the function that finds the provider: one discovery for all callers that ask at once, kept for an hour, never
 * kept when it failed. When a later one fails, the metadata of the last one stay in use.
 *
 * A discovery is bounded by its own time and by no caller's: a caller that leaves must not fail the others.
 *
 * @returns a function that rejects with what `failureOf` sorts
 * @see OpenID Connect Discovery §4
 */
export function createProviderFinder(settings: OidcSettings, dispatcher: Dispatcher, clock: Clock) {
  let known: { readonly provider: Provider; readonly atMs: number } | null = null;
  let running: Promise<Provider> | null = null;
  const fetch = boundedFetch(dispatcher);

  return async function findProvider(): Promise<Provider> {
    if (known && clock.now() - known.atMs < METADATA_FRESH_MS) return known.provider;
    const old = known?.provider;
    running ??= discover(settings, fetch, clock)
      .catch((cause: unknown) => {
        throw new IssuerCallError('discovery', cause);
      })
      .then((provider) => {
        known = { provider, atMs: clock.now() };
        return provider;
      })
      .finally(() => {
        running = null;
      });
    return old ? running.catch(() => old) : running;
  };
}

/**
 * Discovers the provider.
 *
 * The library's own configuration is kept, and not one made of the metadata: only the former knows that the issuer of
 * Entra's `common` and `organizations` is a template. Each call's signal and request id travel beside it.
 */
async function discover(settings: OidcSettings, fetch: Fetch, clock: Clock): Promise<Provider> {
  const current = new AsyncLocalStorage<Partial<CallOptions>>();
  const { issuer, clientId, refusedBy } = settings;
  // The metadata decide how the client authenticates, so this is looked up at the first call.
  const authenticate: client.ClientAuth = (server, ...rest) =>
    clientAuthentication(settings, server as client.ServerMetadata)(server, ...rest);
  const configuration = await client.discovery(issuer, clientId, undefined, authenticate, {
    timeout: DISCOVERY_MS / 1000,
    [client.customFetch]: fetch,
    ...(issuer.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {}),
  });
  const metadata = configuration.serverMetadata();
  if (!metadata.jwks_uri)
    throw Object.assign(new client.ClientError('no keys'), { code: 'OAUTH_MISSING_SERVER_METADATA' });
  // The caller's signal bounds the call, the library's own time does not.
  configuration.timeout = 0;
  configuration[client.customFetch] = async (url, init) => {
    const { signal = null, requestId } = current.getStore() ?? {};
    const traced = requestId === undefined ? {} : { 'x-request-id': requestId };
    const request = { ...init, headers: { ...init.headers, ...traced }, signal };
    const answer = await named(endpointOf(metadata, url), fetch(url, request));
    return normaliseTokenAnswer(answer, init.body, clock, refusedBy);
  };
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), {
    timeoutDuration: DISCOVERY_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    [joseFetch]: (url: string, init: object) => named('jwks', fetch(url, init)),
  });
  return { metadata, keys, call: (options, action) => current.run(options, () => action(configuration)) };
}

/** Says in the error of a call that got no answer which endpoint it was. */
function named<T>(endpoint: Endpoint, call: Promise<T>): Promise<T> {
  return call.catch((cause: unknown) => {
    throw new IssuerCallError(endpoint, cause);
  });
}

function endpointOf(
  { userinfo_endpoint, revocation_endpoint }: client.ServerMetadata,
  url: string,
): Endpoint {
  if (url === userinfo_endpoint) return 'userinfo';
  return url === revocation_endpoint ? 'revocation' : 'token';
}

export type FindProvider = ReturnType<typeof createProviderFinder>;
