import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A real OpenID provider in a process of its own, and a hand on it. */
export interface TestProvider {
  readonly url: string;
  readonly clientSecret: string;
  /** The provider's private key as a JWK: what its logout tokens are signed with. */
  readonly key: Record<string, unknown>;
  /** How often each path was asked for and each event happened. */
  counts(): Promise<Readonly<Record<string, number>>>;
  configure(options: {
    appUrl: string;
    /** More origins of the app. */
    origins?: readonly string[];
    accessTtlSeconds?: number;
    fillerBytes?: number;
    /** Resources with a token of their own, below `/resource/<name>`. */
    resources?: readonly string[];
  }): Promise<void>;
  /** Kills all access tokens before their time. */
  expire(): Promise<void>;
  /** Gives no more tokens for a resource. */
  refuse(resource: string): Promise<void>;
  /** Makes a path answer so, or hang with status 0, for so many requests. */
  fault(path: string, status: number, options?: { times?: number; body?: string }): Promise<void>;
  /** Has the API behind demand, for the deletion of all notes, a login after this moment. */
  demandFreshLogin(): Promise<void>;
  /** Has the provider send its logout token for one of its sessions. */
  sendLogout(sub: string, sid: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the provider; it answers nothing until it is configured for an app. */
export async function startProvider(): Promise<TestProvider> {
  const child = spawn('node', ['__tests__/support/oidcProvider.ts'], {
    stdio: ['pipe', 'pipe', process.env['DEBUG_PROVIDER'] ? 'inherit' : 'ignore'],
    env: { PATH: process.env['PATH'] ?? '' } as unknown as NodeJS.ProcessEnv,
  });
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  const control = async (what: string, body: object = {}) => {
    const answer = await fetch(`${url}/control/${what}`, { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()) as never;
  };
  const { key, clientSecret } = (await control('keys')) as Pick<TestProvider, 'key' | 'clientSecret'>;
  return {
    url,
    key,
    clientSecret,
    counts: () => control('counts'),
    configure: (options) => control('configure', { accessTtlSeconds: 5, fillerBytes: 2200, ...options }),
    expire: () => control('expire'),
    refuse: (resource) => control('refuse', { resource }),
    fault: (path, status, options = {}) => control('fault', { path, status, times: 1000, ...options }),
    demandFreshLogin: () => control('demandFreshLogin'),
    sendLogout: (sub, sid) => control('logout', { sub, sid }),
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** The settings that point an app to the provider. */
export function oidcEnv(provider: Pick<TestProvider, 'url' | 'clientSecret'>): Record<string, string> {
  return {
    OIDC_ISSUER: provider.url,
    OIDC_CLIENT_ID: 'reseal',
    OIDC_CLIENT_SECRET: provider.clientSecret,
    // This provider gives refresh tokens for no other prompt. OpenID Connect Core §11
    OIDC_PROMPT: 'consent',
  };
}

/** The settings of upstreams with a resource each, and of the default upstream with one of its own. */
export function resourceEnv(
  { url }: Pick<TestProvider, 'url'>,
  names: readonly string[],
): Record<string, string> {
  const each = names.map((name) => ({
    [`UPSTREAM_${name.toUpperCase()}_URL`]: `${url}/resource`,
    [`UPSTREAM_${name.toUpperCase()}_PATHS`]: `/${name}`,
    [`UPSTREAM_${name.toUpperCase()}_TOKEN`]: 'user',
    [`UPSTREAM_${name.toUpperCase()}_RESOURCE`]: `https://${name}.reseal.test/`,
  }));
  return Object.assign({ OIDC_PARAMS: 'resource=https://api.reseal.test/' }, ...each) as Record<
    string,
    string
  >;
}
