import { z } from 'zod';
import type { CallLimitSettings } from '../proxy/callLimits.ts';
import { headerLists, type HeaderLists } from '../proxy/headerLists.ts';
import type { OidcSettings } from './oidc.ts';
import { authPathsOf, type AuthPaths, type PasswordSettings } from './password.ts';
import { resourceDisagreements, resourceOf, type ResourceRules, type ResourceSettings } from './resources.ts';
import { isSwitchedOn, variables, type UpstreamToken } from './variables.ts';

/** One backend behind the proxy, and how it is called. */
export interface UpstreamSettings {
  /** `default` for the one of `UPSTREAM_URL`; `billing` for the one of `UPSTREAM_BILLING_URL`. */
  readonly name: string;
  readonly url: URL;
  /** Path prefixes that the proxy forwards, each with a leading and without a trailing slash. */
  readonly paths: readonly string[];
  /** Which token the proxy attaches. */
  readonly token: UpstreamToken;
  /** Sent with each request for the app's own token, such as `scope`. */
  readonly clientParams: Readonly<Record<string, string>>;
  /** How a token of its own is asked for; `null` where it takes the session's own. */
  readonly resource: ResourceSettings | null;
  /** Whether WebSockets are proxied to it. */
  readonly websockets: boolean;
  readonly timeoutMs: number;
  readonly headerLists: HeaderLists;
  readonly callLimits: CallLimitSettings;
}

const { shape } = variables;

/** The variables of one further upstream, without `UPSTREAM_<NAME>_`: those of the default upstream, checked alike. */
const named = z.object({
  URL: shape.UPSTREAM_URL,
  PATHS: shape.UPSTREAM_PATHS,
  // No default: which token another backend receives must be a decision.
  TOKEN: shape.UPSTREAM_TOKEN.unwrap(),
  CLIENT_PARAMS: shape.UPSTREAM_CLIENT_PARAMS,
  RESOURCE: shape.UPSTREAM_RESOURCE,
  SCOPE: shape.UPSTREAM_SCOPE,
  AUDIENCE: shape.UPSTREAM_AUDIENCE,
  EXCHANGE: shape.UPSTREAM_EXCHANGE,
  WEBSOCKETS: shape.UPSTREAM_WEBSOCKETS,
  TIMEOUT_MS: shape.UPSTREAM_TIMEOUT_MS,
  REQUEST_HEADERS: shape.UPSTREAM_REQUEST_HEADERS,
  RESPONSE_HEADERS: shape.UPSTREAM_RESPONSE_HEADERS,
  CONCURRENCY_PER_SESSION: shape.UPSTREAM_CONCURRENCY_PER_SESSION,
  CONCURRENCY: shape.UPSTREAM_CONCURRENCY,
});

/** What a further upstream takes over from the default one where it says nothing. */
const INHERITED = ['TIMEOUT_MS', 'CONCURRENCY_PER_SESSION', 'CONCURRENCY'] as const;
/** A variable of a further upstream: its name, and the rest of the variable. */
export const NAMED_VARIABLE = new RegExp(`^UPSTREAM_(\\w+?)_(${Object.keys(named.shape).join('|')})$`);
const NAME = /^(?!DEFAULT$)[A-Z\d]+(?:_[A-Z\d]+)*$/;

type Given = Readonly<Record<string, string | undefined>>;
/** Puts what is wrong with a variable into a line; the last name is the one that the operator wrote. */
type LineOf = (issue: z.core.$ZodIssue, type: z.ZodType | undefined, name: string) => string;

/**
 * Reads `UPSTREAM_<NAME>_URL` and the like.
 *
 * @returns the upstreams, and a line for each variable that is missing or wrong
 */
export function readNamedUpstreams(
  given: Given,
  lineOf: LineOf,
): { readonly upstreams: readonly UpstreamSettings[]; readonly lines: readonly string[] } {
  const names = new Set<string>();
  for (const variable of Object.keys(given)) {
    const [, name] = NAMED_VARIABLE.exec(variable) ?? [];
    if (name !== undefined && !(variable in shape)) names.add(name);
  }
  const upstreams: UpstreamSettings[] = [];
  const lines: string[] = [];
  for (const name of names) {
    if (!NAME.test(name)) {
      lines.push(
        'UPSTREAM_<NAME>_URL must have a name of capital letters, digits and single underscores, other than DEFAULT.',
      );
      continue;
    }
    const parsed = named.safeParse(ownVariables(given, name));
    for (const issue of parsed.error?.issues ?? []) {
      const suffix = String(issue.path[0]) as keyof typeof named.shape;
      lines.push(lineOf(issue, named.shape[suffix], `UPSTREAM_${name}_${suffix}`));
    }
    if (parsed.data) upstreams.push(upstreamOf(name.toLowerCase(), parsed.data));
  }
  return { upstreams, lines: [...new Set(lines)] };
}

function ownVariables(given: Given, name: string): Given {
  const inherited = INHERITED.map((suffix) => [suffix, given[`UPSTREAM_${suffix}`]]);
  const own = Object.keys(named.shape).map((suffix) => [suffix, given[`UPSTREAM_${name}_${suffix}`]]);
  return Object.fromEntries([...inherited, ...own].filter(([, value]) => value !== undefined));
}

function upstreamOf(name: string, env: z.output<typeof named>): UpstreamSettings {
  return {
    name,
    url: env.URL,
    paths: env.PATHS,
    token: env.TOKEN,
    clientParams: paramsOf(env.CLIENT_PARAMS),
    resource: resourceOf(
      { resource: env.RESOURCE, scope: env.SCOPE, audience: env.AUDIENCE },
      isSwitchedOn(env.EXCHANGE),
    ),
    websockets: isSwitchedOn(env.WEBSOCKETS),
    timeoutMs: env.TIMEOUT_MS,
    headerLists: headerLists(env.REQUEST_HEADERS ?? [], env.RESPONSE_HEADERS ?? []),
    callLimits: { perSession: env.CONCURRENCY_PER_SESSION, total: env.CONCURRENCY },
  };
}

export const paramsOf = (text = '') => Object.fromEntries(new URLSearchParams(text));

/** The settings that name upstreams. */
export interface UpstreamsOfSettings {
  readonly upstreamUrl: URL;
  /** Path prefixes that the proxy forwards, each with a leading and without a trailing slash. */
  readonly upstreamPaths: readonly string[];
  readonly upstreamToken: UpstreamToken;
  readonly upstreamClientParams: Readonly<Record<string, string>>;
  readonly upstreamResource: ResourceSettings | null;
  readonly upstreamWebsockets: boolean;
  readonly upstreamTimeoutMs: number;
  /** The headers that pass the proxy. */
  readonly headerLists: HeaderLists;
  readonly callLimits: CallLimitSettings;
  /** Further upstreams, each with paths of its own. */
  readonly upstreams: readonly UpstreamSettings[];
  readonly password: PasswordSettings;
  readonly authPaths: AuthPaths;
}

/** An upstream with the issuer's paths below it, which the proxy never forwards. */
export interface GuardedUpstream extends UpstreamSettings {
  readonly issuerPaths: readonly string[];
}

/** Lists every upstream, the default one first. */
export function allUpstreams(settings: UpstreamsOfSettings): readonly GuardedUpstream[] {
  const { upstreamUrl: url, upstreamPaths: paths, headerLists: lists, callLimits } = settings;
  const own: UpstreamSettings = {
    name: 'default', url, paths, token: settings.upstreamToken, clientParams: settings.upstreamClientParams,
    resource: settings.upstreamResource, websockets: settings.upstreamWebsockets, timeoutMs: settings.upstreamTimeoutMs, headerLists: lists, callLimits,
  }; // prettier-ignore
  const pathsOf = (issuer: Readonly<AuthPaths>) =>
    Object.values(issuer as Readonly<Record<string, string | null>>).filter((path) => path !== null);
  return [
    { ...own, issuerPaths: pathsOf(settings.authPaths) },
    ...settings.upstreams.map((upstream) => ({
      ...upstream,
      issuerPaths: pathsOf(authPathsOf(settings.password, upstream.url)),
    })),
  ];
}

/** Says what is wrong with the upstreams together: a path of two, or a token that no one would give. */
export function disagreements(
  upstreams: readonly UpstreamSettings[],
  { oidc, proxyRefresh }: { oidc: OidcSettings | null } & Pick<ResourceRules, 'proxyRefresh'>,
): readonly string[] {
  const hasClient = oidc !== null && oidc.clientSecret !== null && oidc.clientAuth !== 'none';
  const lines: string[] = [];
  upstreams.forEach((upstream, at) => {
    for (const other of upstreams.slice(0, at)) {
      const [mine = -1, theirs = -1] = overlapOf(upstream.paths, other.paths);
      if (mine >= 0)
        lines.push(
          `${variableOf(upstream, 'PATHS')} must not overlap ${variableOf(other, 'PATHS')}: the path decides which ` +
            `upstream is called (path ${mine + 1} of the former, path ${theirs + 1} of the latter).`,
        );
    }
    const isClient = upstream.token === 'client';
    if (isClient && !hasClient)
      lines.push(
        `${variableOf(upstream, 'TOKEN')}=client needs OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET: the ` +
          'provider gives the app its own token.',
      );
    if (!isClient && Object.keys(upstream.clientParams).length > 0)
      lines.push(`${variableOf(upstream, 'CLIENT_PARAMS')} needs ${variableOf(upstream, 'TOKEN')}=client.`);
    const rules = { isOidc: oidc !== null, proxyRefresh };
    lines.push(...resourceDisagreements(upstream, rules, (suffix) => variableOf(upstream, suffix)));
  });
  return lines;
}

const variableOf = ({ name }: UpstreamSettings, suffix: string) =>
  `UPSTREAM_${name === 'default' ? '' : `${name.toUpperCase()}_`}${suffix}`;

/** The places of two paths of which one is below the other, or the same; empty where there are none. */
function overlapOf(paths: readonly string[], others: readonly string[]): readonly number[] {
  for (const [at, path] of paths.entries()) {
    const found = others.findIndex(
      (other) => path === other || path.startsWith(`${other}/`) || other.startsWith(`${path}/`),
    );
    if (found >= 0) return [at, found];
  }
  return [];
}
