/** What the readable cookie says: which session, how often renewed. Never a secret, never proof. */
export interface Hint {
  readonly id: string;
  readonly version: number;
}

/** Name of the hint cookie; on https it carries the prefix `__Host-`. */
export const HINT_COOKIE = 'reseal_hint';

/** Writes a hint as the cookie's value, `id.version`. */
export function formatHint({ id, version }: Hint): string {
  return `${id}.${version}`;
}

/** Reads a hint from a `Cookie` header or `document.cookie`; `null` where there is none or it is garbled. */
export function parseHint(cookies: string): Hint | null {
  const match = /(?:^|;\s*)(?:__Host-)?reseal_hint=([\w-]{1,64})\.([1-9]\d{0,14})(?:;|$)/.exec(cookies);
  return match?.[1] && match[2] ? { id: match[1], version: Number(match[2]) } : null;
}
