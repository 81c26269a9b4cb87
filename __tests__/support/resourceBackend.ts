import { createServer } from 'node:http';
import { IssuerError } from '../../server/issuers/failure.ts';
import type {
  LoginAnswer,
  PasswordIssuer,
  RefreshAnswer,
  RefreshOptions,
} from '../../server/issuers/issuer.ts';
import type { TokenPair } from '../../server/session/record.ts';
import { readSettings, type Settings } from '../../server/settings/fromEnv.ts';
import type { AppOptions } from './app.ts';
import { listen } from './listen.ts';

/** The name of a resource, or `own` for the session's own token. */
export type Target = string;

/**
 * An issuer that gives a token for each resource and rotates strictly, with the resources behind it on a real socket: each
 * takes its own tokens only.
 */
export interface ResourceBackend {
  readonly url: string;
  readonly issuer: PasswordIssuer;
  /** For which resources it was asked, in order. */
  readonly asked: Target[];
  /** How often a refresh token came that had been used before. */
  readonly reuses: number;
  /** What came with a token of another resource. */
  readonly strays: string[];
  /** The refresh tokens that were revoked, in order. */
  readonly revoked: (string | null)[];
  /** Kills all access tokens before their time, or those of some resources. */
  expire(...targets: Target[]): void;
  /** Answers refreshes for a resource with this; `null` takes that back. */
  answer(target: Target, answer: (() => RefreshAnswer | Promise<RefreshAnswer | null> | null) | null): void;
  close(): Promise<void>;
}

export interface ResourceBackendOptions {
  readonly now?: () => number;
  readonly ttlMs?: number;
  /** Whether `expires_in` is left out. */
  readonly saysNothing?: boolean;
  /** How long access tokens are. */
  readonly bytes?: number;
}

/** The resource of an upstream of this name. */
export const uriOf = (target: Target) => `https://${target}.example`;
const PARAM = /^https:\/\/(\w+)\.example$/;

/** Starts it. Every username is a person. `/own/…` takes sessions' own tokens, `/<resource>/…` those of that resource. */
export async function startResourceBackend(options: ResourceBackendOptions = {}): Promise<ResourceBackend> {
  const { now = Date.now, ttlMs = 60_000, saysNothing = false, bytes = 0 } = options;
  const asked: Target[] = [];
  const strays: string[] = [];
  const revoked: (string | null)[] = [];
  const answers = new Map<Target, () => RefreshAnswer | Promise<RefreshAnswer | null> | null>();
  const accesses = new Map<
    string,
    { readonly target: Target; readonly person: string; readonly untilMs: number }
  >();
  const refreshes = new Map<string, { readonly person: string; isUsed: boolean }>();
  let issued = 0;
  let reuses = 0;

  function issue(person: string, target: Target): TokenPair {
    issued += 1;
    const [accessToken, refreshToken] = [
      `access-${issued}-${target}`.padEnd(bytes, 'x'),
      `refresh-${issued}`,
    ];
    accesses.set(accessToken, { target, person, untilMs: now() + ttlMs });
    refreshes.set(refreshToken, { person, isUsed: false });
    return {
      accessToken,
      refreshToken,
      expiresAtMs: saysNothing ? null : now() + ttlMs,
      refreshedAtMs: now(),
    };
  }

  const issuer: PasswordIssuer = {
    login: async ({ username }): Promise<LoginAnswer> => ({
      kind: 'granted',
      pair: issue(username, 'own'),
      user: { id: username, name: username },
    }),
    refresh: async (value, { params }: RefreshOptions): Promise<RefreshAnswer> => {
      const target = params ? (PARAM.exec(params['resource'] ?? '')?.[1] ?? '?') : 'own';
      asked.push(target);
      // As a network does: nothing is answered in the turn in which it was asked.
      await new Promise((resolve) => setImmediate(resolve));
      const scripted = await answers.get(target)?.();
      if (scripted) return scripted;
      const known = refreshes.get(value);
      if (known?.isUsed) reuses += 1;
      if (!known || known.isUsed) return { kind: 'refused' };
      known.isUsed = true;
      return { kind: 'granted', pair: issue(known.person, target) };
    },
    revoke: async ({ refreshToken }) => void revoked.push(refreshToken),
  };

  const server = createServer((req, res) => {
    const token = req.headers.authorization?.slice('Bearer '.length) ?? '';
    const target = (req.url ?? '').split('/')[1] ?? '';
    const access = accesses.get(token);
    const stray = /-(\w+?)x*$/.exec(token)?.[1] ?? token;
    if (stray !== target) strays.push(`${stray} at ${target}`);
    const isGood = access?.target === target && access.untilMs > now();
    req.resume().on('end', () => {
      if (!isGood)
        return void res.writeHead(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }).end();
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.end(JSON.stringify({ person: access.person, target, token }));
    });
  });
  const { url, close } = await listen(server);

  return {
    url, issuer, asked, strays, revoked, close,
    get reuses() {
      return reuses;
    },
    expire(...targets) {
      for (const [token, access] of accesses)
        if (targets.length === 0 || targets.includes(access.target)) accesses.delete(token);
    },
    answer: (target, answer) => void (answer ? answers.set(target, answer) : answers.delete(target)),
  }; // prettier-ignore
}

/** The answer of an issuer that gives no token, with an OAuth error word. */
export function rejected(word: string, status = 400): RefreshAnswer {
  return { kind: 'rejected', cause: new IssuerError({ endpoint: 'token', status, body: { error: word } }) };
}

/** The variables of upstreams with a resource each, besides the default upstream at `/own`. */
export function resourceEnv(url: string, names: readonly string[]): Record<string, string> {
  const each = names.map((name) => {
    const variable = (suffix: string) => `UPSTREAM_${name.toUpperCase()}_${suffix}`;
    return {
      [variable('URL')]: url,
      [variable('PATHS')]: `/${name}`,
      [variable('TOKEN')]: 'user',
      [variable('RESOURCE')]: uriOf(name),
    };
  });
  return Object.assign({ UPSTREAM_PATHS: '/own' }, ...each) as Record<string, string>;
}

/** An app before this backend. People log in by password, for the issuer is brought along; the settings are those of OIDC mode. */
export function resourceApp(
  { url, issuer }: Pick<ResourceBackend, 'url' | 'issuer'>,
  names: readonly string[],
  { env = {}, settings = {}, parts = {} }: AppOptions = {},
): AppOptions {
  const given = { ...resourceEnv(url, names), ...env };
  const oidc = { OIDC_ISSUER: 'https://id.example', OIDC_CLIENT_ID: 'reseal', OIDC_CLIENT_SECRET: 'secret' };
  const { upstreams, upstreamResource }: Settings = readSettings({
    UPSTREAM_URL: url,
    SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
    ...given,
    ...oidc,
  });
  const { UPSTREAM_PATHS = '/own', ...rest } = given;
  // Those of the named upstreams are read above: the app itself is started without an issuer.
  const isNamed = (variable: string) =>
    names.some((name) => variable.startsWith(`UPSTREAM_${name.toUpperCase()}_`));
  const plain = Object.fromEntries(Object.entries(rest).filter(([variable]) => !isNamed(variable)));
  return {
    env: { UPSTREAM_PATHS, ...plain },
    settings: { upstreams, upstreamResource, ...settings },
    parts: { issuer, ...parts },
  };
}
