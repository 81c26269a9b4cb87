import { hash } from 'node:crypto';
import type { UpstreamSettings } from './upstreams.ts';

/** A token of an upstream's own: how the provider is asked for it. */
export interface ResourceSettings {
  /** Names the token in a session. A changed setting has another key, so that no token reaches another resource. */
  readonly key: string;
  /** `resource` and `scope`, and for an exchange `audience`. @see RFC 8707 §2.2, RFC 6749 §6, RFC 8693 §2.1 */
  readonly params: Readonly<Record<string, string>>;
  /** By a refresh for this resource, or by an exchange of the session's own token. */
  readonly by: 'refresh' | 'exchange';
}

/** What the variables of one upstream say. */
export interface GivenResource {
  readonly resource: string | undefined;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
}

const KEY_LENGTH = 8;

/** Puts together what the variables of one upstream say; `null` where it takes the session's own token. */
export function resourceOf(given: GivenResource, isExchanged: boolean): ResourceSettings | null {
  const named = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (named.length === 0 && !isExchanged) return null;
  const by = isExchanged ? 'exchange' : 'refresh';
  const canonical = new URLSearchParams(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const key = hash('sha256', `${by}?${canonical}`, 'base64url').slice(0, KEY_LENGTH);
  return { key, params: Object.fromEntries(named), by };
}

/** What the sessions of an app hold tokens for: the parameters of each, by key. Upstreams that ask alike share one. */
export type Resources = ReadonlyMap<string, ResourceSettings['params']>;

export const noResources = (): Resources => new Map();

/** Lists what refreshes obtain tokens for; what is exchanged is in no session. */
export function resourcesOf(upstreams: readonly Pick<UpstreamSettings, 'resource'>[]): Resources {
  const asked = upstreams.flatMap(({ resource }) => (resource?.by === 'refresh' ? [resource] : []));
  return new Map(asked.map(({ key, params }) => [key, params]));
}

/** What decides whether a session can hold a token for an upstream. */
export interface ResourceRules {
  readonly isOidc: boolean;
  readonly proxyRefresh: 'never' | 'without-interceptor' | 'always';
}

/** Says why an upstream cannot have a token of its own; `variable` writes the name of one of its settings. */
export function* resourceDisagreements(
  { token, resource }: Pick<UpstreamSettings, 'token' | 'resource'>,
  { isOidc, proxyRefresh }: ResourceRules,
  variable: (suffix: string) => string,
): Generator<string> {
  if (!resource) return;
  const isExchanged = resource.by === 'exchange';
  if (isExchanged && Object.keys(resource.params).length === 0)
    yield `${variable('EXCHANGE')} needs ${variable('RESOURCE')}, ${variable('AUDIENCE')} or ${variable('SCOPE')}: what the token is for.`;
  if (!isExchanged && resource.params['audience'] !== undefined)
    yield `${variable('AUDIENCE')} needs ${variable('EXCHANGE')}=1: a refresh asks by ${variable('RESOURCE')} or ${variable('SCOPE')}.`;
  const given = Object.keys(resource.params).map((name) => variable(name.toUpperCase()));
  const names = isExchanged ? variable('EXCHANGE') : given.join(' and ');
  const need = !isExchanged && given.length > 1 ? 'need' : 'needs';
  if (token !== 'user' && token !== 'user-or-none')
    yield `${names} ${need} ${variable('TOKEN')}=user or user-or-none: such a token belongs to a session.`;
  if (!isOidc)
    yield `${names} ${need} OIDC_ISSUER and OIDC_CLIENT_ID: a provider gives tokens for single resources.`;
  if (proxyRefresh === 'never' && !isExchanged)
    yield `${names} ${need} another PROXY_REFRESH than never: the first token of a resource is obtained by the call that needs it.`;
}
