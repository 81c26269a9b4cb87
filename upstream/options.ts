import type { Fault, Faults } from './faults.ts';

/** A person with an account at this service. */
export interface Account {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly email?: string;
}

/** One call of `POST /auth/refresh`; `call` counts from 1. */
export interface RefreshCall {
  readonly call: number;
  /** The refresh token that was presented. */
  readonly token: string;
}

/** One call of a bearer-protected route; `call` counts from 1. */
export interface ApiCall {
  readonly call: number;
  readonly method: string;
  readonly url: string;
}

/** Lets a test in the same process hold a call at a gate; the call goes on when the promise settles. */
export interface Hooks {
  /** Runs before a refresh token is looked at. A fault that it returns is the fault of this call. */
  readonly beforeRefresh?: (
    call: RefreshCall,
  ) => Fault<'refresh'> | undefined | Promise<Fault<'refresh'> | undefined> | Promise<void>;
  /** Runs when the token was accepted and, if the issuer rotates, is already used up. */
  readonly afterRotate?: (call: RefreshCall) => Promise<void> | undefined;
  /** Runs before the answer leaves, granted or refused. */
  readonly beforeAnswer?: (call: RefreshCall & { readonly status: number }) => Promise<void> | undefined;
  /** Runs when a protected route was called, before its bearer token is checked. */
  readonly beforeVerify?: (call: ApiCall) => Promise<void> | undefined;
  /** Runs when the bearer token was found good, before the route does its work. */
  readonly afterVerify?: (call: ApiCall & { readonly userId: string }) => Promise<void> | undefined;
}

/** Artificial waiting times in milliseconds. A refresh waits *after* it rotated, which is the harder case. */
export interface Latency {
  readonly login: number;
  readonly refresh: number;
  readonly api: number;
}

/** What may change while the service runs. */
export interface Settings {
  /** Life of an access token in seconds; fractions are allowed. */
  accessTtlSeconds: number;
  /** Life of one refresh token in seconds, anew at each rotation. */
  refreshTtlSeconds: number;
  /** Whether a refresh answers a new refresh token and uses up the old one. */
  rotate: boolean;
  /** What a used refresh token does: `revoke` kills its family at once, `leeway` forgives it for some seconds. */
  reuse: 'revoke' | 'leeway';
  reuseLeewaySeconds: number;
  /** Bytes by which each access token is made larger. */
  accessTokenPadBytes: number;
  /** Milliseconds between two ticks of `/events`. */
  eventsIntervalMs: number;
  latencyMs: Latency;
}

/** All the settings, each optional, as a change to what holds now. */
export type SettingsPatch = { readonly [K in Exclude<keyof Settings, 'latencyMs'>]?: Settings[K] } & {
  readonly latencyMs?: Partial<Latency>;
};

/** The one client of the OpenID provider. */
export interface OpenidClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface UpstreamOptions extends SettingsPatch {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Path of the database file; `:memory:` forgets everything when it closes. */
  readonly database?: string;
  /** Accounts to create or update at the start; two sample accounts if left out. */
  readonly users?: readonly Account[];
  /** Whether the `/lab` controls are served. */
  readonly lab?: boolean;
  /** Makes it an OpenID provider too, with this client; access tokens are signed with RS256 then. */
  readonly openid?: OpenidClient;
  /** Largest attachment in bytes. */
  readonly attachmentLimitBytes?: number;
  readonly faults?: Faults;
  /** Seeds the generator behind fault probabilities. */
  readonly seed?: number;
  readonly hooks?: Hooks;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What `setOptions` takes; `hooks` replaces all hooks, `faults` the scopes that it names. */
export type OptionsPatch = SettingsPatch & Pick<UpstreamOptions, 'hooks' | 'faults'>;

export const sampleAccounts: readonly Account[] = [
  {
    id: 'user-ada',
    username: 'ada',
    password: 'lovelace',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
  },
  {
    id: 'user-grace',
    username: 'grace',
    password: 'hopper',
    name: 'Grace Hopper',
    email: 'grace@example.com',
  },
];

/** Makes settings of options, with the default wherever one was left out. */
export function settingsFrom(options: SettingsPatch): Settings {
  return {
    accessTtlSeconds: options.accessTtlSeconds ?? 10,
    refreshTtlSeconds: options.refreshTtlSeconds ?? 30 * 86_400,
    rotate: options.rotate ?? true,
    reuse: options.reuse ?? 'revoke',
    reuseLeewaySeconds: options.reuseLeewaySeconds ?? 10,
    accessTokenPadBytes: options.accessTokenPadBytes ?? 0,
    eventsIntervalMs: options.eventsIntervalMs ?? 1000,
    latencyMs: { login: 0, refresh: 0, api: 0, ...options.latencyMs },
  };
}

/** Changes living settings; what the patch leaves out stays. */
export function applySettings(settings: Settings, patch: SettingsPatch): void {
  const latencyMs = { ...settings.latencyMs, ...patch.latencyMs };
  const before = { ...settings };
  Object.assign(settings, settingsFrom({ ...before, ...patch, latencyMs }));
}
