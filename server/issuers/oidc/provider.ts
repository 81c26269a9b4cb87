import { createRemoteJWKSet, customFetch as joseFetch, type JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock.ts';
import type { OidcSettings } from '../../settings/fromEnv.ts';
import { boundedFetch } from '../boundedFetch.ts';
import type { CallOptions } from '../issuer.ts';
import { normaliseTokenAnswer } from './tokenAnswer.ts';

const DISCOVERY_MS = 10_000;
const METADATA_FRESH_MS = 60 * 60_000;

/** What is known of the provider. */
export interface Provider {
  readonly metadata: client.ServerMetadata;
  /** The provider's signature keys, fetched when needed and again when an unknown one is named. */
  readonly keys: JWTVerifyGetKey;
  /** Makes openid-client's configuration for one call: its signal, its request id. */
  configure(options?: Partial<CallOptions>): client.Configuration;
}

/**
 * Makes what finds the provider: one discovery for all who ask at once, kept for an hour, never kept when it
 * failed; where a later one fails, what was known goes on counting.
 *
 * A discovery is bound by its own time and by no caller's: a caller that leaves must not fail the others.
 *
 * @returns a function that rejects with what `failureOf` sorts
 * @see OpenID Connect Discovery §4
 */
export function createProviderFinder(settings: OidcSettings, dispatcher: Dispatcher, clock: Clock) {
  const isInsecure = settings.issuer.protocol === 'http:';
  const fetch = boundedFetch(dispatcher);
  let known: { readonly provider: Provider; readonly atMs: number } | null = null;
  let running: Promise<Provider> | null = null;

  async function discover(): Promise<Provider> {
    const found = await client.discovery(settings.issuer, settings.clientId, undefined, client.None(), {
      timeout: DISCOVERY_MS / 1000,
      [client.customFetch]: fetch,
      ...(isInsecure ? { execute: [client.allowInsecureRequests] } : {}),
    });
    const metadata = found.serverMetadata();
    if (!metadata.jwks_uri)
      throw Object.assign(new client.ClientError('no keys'), { code: 'OAUTH_MISSING_SERVER_METADATA' });
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), {
      timeoutDuration: DISCOVERY_MS,
      [joseFetch]: fetch,
    });
    return { metadata, keys, configure: (options = {}) => configure(metadata, options) };
  }

  function configure(metadata: client.ServerMetadata, options: Partial<CallOptions>): client.Configuration {
    const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authenticate = methods.includes('client_secret_basic')
      ? client.ClientSecretBasic(settings.clientSecret)
      : client.ClientSecretPost(settings.clientSecret);
    const configuration = new client.Configuration(metadata, settings.clientId, undefined, authenticate);
    if (isInsecure) client.allowInsecureRequests(configuration);
    // The caller's signal bounds the call, the library's own time does not.
    configuration.timeout = 0;
    const traced = options.requestId === undefined ? {} : { 'x-request-id': options.requestId };
    configuration[client.customFetch] = async (url, init) => {
      const { signal = null } = options;
      const answer = await fetch(url, { ...init, headers: { ...init.headers, ...traced }, signal });
      return normaliseTokenAnswer(answer, init.body, clock);
    };
    return configuration;
  }

  return async function findProvider(): Promise<Provider> {
    if (known && clock.now() - known.atMs < METADATA_FRESH_MS) return known.provider;
    const old = known?.provider;
    running ??= discover()
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

export type FindProvider = ReturnType<typeof createProviderFinder>;
