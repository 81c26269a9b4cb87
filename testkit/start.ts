import type { Upstream } from '../upstream/createUpstream.ts';
import {
  type Account,
  type OpenidClient,
  sampleAccounts,
  type UpstreamOptions,
} from '../upstream/options.ts';

export type { Account, UpstreamOptions } from '../upstream/options.ts';
export type { Fault, Faults } from '../upstream/faults.ts';
export type { UpstreamStats } from '../upstream/stats.ts';

/** Long enough for a test: tokens expire when the test says so. */
const ACCESS_TTL_SECONDS = 300;

/**
 * A backend with its own token issuer: it rotates refresh tokens, and one that is used twice ends its session.
 *
 * `/notes`, `/me`, `/events` and `/echo` want an access token. A `user` is a username or an id of `people`.
 */
export interface TestUpstream extends Omit<Upstream, 'expireAccessTokens' | 'revoke'> {
  /** The accounts that can log in. */
  readonly people: readonly Account[];
  /** The settings that point an app to it, as variables of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Refuses the access tokens that were issued so far, of one user or of all; refresh tokens stay good. */
  expireAccessTokens(user?: string): void;
  /** Ends every session of a user: its next refresh is answered `invalid_grant`. */
  revoke(user: string): void;
  /** Carries out the next refresh, and the `times - 1` after it, and cuts the connection instead of an answer. */
  loseNextAnswer(times?: number): void;
}

/** The same backend with an OpenID provider in front: discovery, authorization code with PKCE, UserInfo, revocation. */
export interface TestIssuer extends TestUpstream, OpenidClient {}

export interface IssuerOptions extends Omit<UpstreamOptions, 'openid'>, Partial<OpenidClient> {}

/**
 * Starts a backend on a free port of 127.0.0.1, with the accounts ada / lovelace and grace / hopper.
 *
 * @throws {Error} where fastify and @fastify/multipart are not installed
 */
export async function startUpstream(options: UpstreamOptions = {}): Promise<TestUpstream> {
  const { users: people = sampleAccounts } = options;
  const createUpstream = await loadUpstream();
  const upstream = await createUpstream({ accessTtlSeconds: ACCESS_TTL_SECONDS, ...options });
  const idOf = (user: string) => {
    const found = people.find(({ id, username }) => user === username || user === id);
    if (found) return found.id;
    throw new Error(`No account is called "${user}": ${people.map(({ username }) => username).join(', ')}.`);
  };
  return {
    ...upstream,
    people,
    env: { UPSTREAM_URL: upstream.url, UPSTREAM_PATHS: '/notes,/me,/events,/echo' },
    expireAccessTokens: (user) =>
      upstream.expireAccessTokens(user === undefined ? {} : { userId: idOf(user) }),
    revoke: (user) => upstream.revoke(idOf(user)),
    loseNextAnswer: (times = 1) =>
      upstream.setOptions({ faults: { refresh: [{ kind: 'dropAfterRotate', times }] } }),
  };
}

/**
 * Starts the backend of `startUpstream` as an OpenID provider with one client.
 *
 * It accepts every redirect address, and keeps no session of its own: each login shows its form.
 */
export async function startIssuer({
  clientId = 'app',
  clientSecret = 'the-secret-of-the-test-client',
  ...options
}: IssuerOptions = {}): Promise<TestIssuer> {
  const client = { clientId, clientSecret };
  const upstream = await startUpstream({ ...options, openid: client });
  const { url } = upstream;
  const env = { OIDC_ISSUER: url, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret };
  return { ...upstream, ...client, env: { ...upstream.env, ...env } };
}

/** Loads the backend when it is wanted: what it needs are optional peers of the package. */
async function loadUpstream() {
  try {
    return (await import('../upstream/createUpstream.ts')).createUpstream;
  } catch (error) {
    const missing = /'(@?fastify[^']*)'/.exec(String(error))?.[1];
    if (missing === undefined) throw error;
    throw new Error(
      `reseal/testing needs ${missing} for this: npm install --save-dev fastify @fastify/multipart`,
      { cause: error },
    );
  }
}
