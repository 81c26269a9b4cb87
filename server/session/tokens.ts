import type { Resources } from '../settings/resources.ts';
import type { ResourceToken, TokenPair } from './record.ts';

/** A session at its newest version. */
export interface Holding {
  readonly version: number;
  readonly pair: TokenPair;
}

/**
 * One access token of a session, and the version that it was obtained at.
 *
 * Each refresh obtains one token and raises the version by one, so no two tokens of a session have the same version.
 */
export type HeldToken = ResourceToken;

/** Names a token of a session: the key of a resource, or `null` for the session's own. */
export type TokenName = string | null;

/** Finds a token of a session; `null` where none was obtained yet, or it is not known here. */
export function tokenOf({ version, pair }: Holding, name: TokenName): HeldToken | null {
  if (name !== null) return pair.resources?.[name] ?? null;
  const { accessToken, expiresAtMs, refreshedAtMs, own } = pair;
  return {
    accessToken,
    expiresAtMs,
    obtainedAtMs: own?.atMs ?? refreshedAtMs,
    version: own?.version ?? version,
  };
}

/** The version that the session's own token was obtained at. */
export const ownVersion = ({ version, pair }: Holding): number => pair.own?.version ?? version;

/** Finds the token that was obtained at this version; `undefined` where it was replaced since, or is not known here. */
export function nameAt(held: Holding, version: number): TokenName | undefined {
  if (ownVersion(held) === version) return null;
  const named = Object.entries(held.pair.resources ?? {}).find(([, token]) => token.version === version);
  return named?.[0];
}

/** When the token that was obtained at the newest version dies; `null` where that is not known. */
export function newestExpiresAtMs(held: Holding): number | null {
  const name = nameAt(held, held.version);
  return name === undefined ? null : (tokenOf(held, name)?.expiresAtMs ?? null);
}

/** What a caller saw expire. */
export interface Stale {
  /** The version that the token was obtained at; 0 where there was none. */
  readonly version: number;
  /** Which token; where it is absent, the version says which. */
  readonly name?: TokenName;
}

/**
 * Finds which token a caller means, and the version that it saw expire.
 *
 * The newest version means the token that was obtained at it. An older one is old news, whichever token had it: its caller is
 * served at once, unless the token of the newest version is about to expire. What the caller sends again, the proxy gives a
 * good token. A version above the newest is ignored: trusting it would refresh on every call.
 */
export function meantBy(
  { version, name }: Stale,
  held: Holding,
  seal: Holding,
  resources: Resources,
): Required<Stale> {
  if (name !== undefined) return { version, name };
  if (version > held.version) return { version: ownVersion(seal), name: null };
  const newest = nameAt(held, held.version);
  if (typeof newest === 'string' && resources.has(newest)) return { version, name: newest };
  // Where the newest token is not known, or no longer wanted, the session's own stands for it.
  return { version: version < held.version ? Math.min(version, ownVersion(held) - 1) : version, name: null };
}

/** Puts the pair together that a session has after a refresh for one of its tokens. */
export function refreshed(
  old: Holding,
  answer: TokenPair,
  name: TokenName,
  configured: Resources,
): TokenPair {
  // A token of a resource that the settings no longer name is dropped.
  const known = Object.entries(old.pair.resources ?? {}).filter(([key]) => configured.has(key));
  const resources = known.length > 0 ? { resources: Object.fromEntries(known) } : {};
  if (name === null) return { ...answer, ...resources };
  const { accessToken, expiresAtMs, obtainedAtMs, version } = tokenOf(old, null) as HeldToken;
  const token: ResourceToken = {
    accessToken: answer.accessToken,
    expiresAtMs: answer.expiresAtMs,
    obtainedAtMs: answer.refreshedAtMs,
    version: old.version + 1,
  };
  return {
    ...answer,
    accessToken,
    expiresAtMs,
    own: { version, atMs: obtainedAtMs },
    resources: { ...resources.resources, [name]: token },
  };
}

/** What of a pair a seal holds: a cookie must not grow with the number of resources. */
export function sealable(pair: TokenPair): TokenPair {
  if (!pair.resources) return pair;
  const { accessToken, refreshToken, expiresAtMs, refreshedAtMs, own } = pair;
  return { accessToken, refreshToken, expiresAtMs, refreshedAtMs, ...(own ? { own } : {}) };
}
