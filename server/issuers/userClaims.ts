import type { User } from '../../contract/user.ts';

/** A claim that `SessionInfo.user` shows under `name`: its name in the issuer's answer, or a dotted path. */
export interface UserClaim {
  readonly name: string;
  readonly path: string;
}

const MAX_TEXT = 1024;
const MAX_ENTRIES = 200;

/**
 * Adds the claims that the settings ask for; `id` and `name` stay, and of several sources the first that has one wins.
 *
 * Only texts, numbers, booleans and lists of them are kept. How much fits is decided by the seal (`session_too_large`).
 */
export function withClaims(user: User, claims: readonly UserClaim[], sources: readonly unknown[]): User {
  const kept = claims.flatMap(({ name, path }) => {
    const value = sources.map((source) => claimAt(source, path)).find(isKept);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...user };
}

/** Reads a claim by its whole name first: names that are addresses (`https://example.com/roles`) have dots. */
function claimAt(source: unknown, path: string): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  const object = source as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(object, path)) return object[path];
  const dot = path.indexOf('.');
  return dot === -1 || !Object.hasOwn(object, path.slice(0, dot))
    ? undefined
    : claimAt(object[path.slice(0, dot)], path.slice(dot + 1));
}

function isKept(value: unknown): boolean {
  if (Array.isArray(value))
    return value.length <= MAX_ENTRIES && value.every((one) => isKept(one) && !Array.isArray(one));
  return (
    (typeof value === 'string' && value.length <= MAX_TEXT) ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  );
}
