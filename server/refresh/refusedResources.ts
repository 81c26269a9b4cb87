import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';

/** How long the issuer is not asked again for a token that it refused: only an operator, or a new login, can change that. */
const HELD_OFF_MS = 60_000;
const REMEMBERED = 10_000;

/**
 * Remembers which resources the issuer refused to which sessions, in this process.
 *
 * A refusal concerns one resource of one session: other tokens are refreshed as before, and other sessions ask for themselves.
 */
export function createRefusedResources(clock: Clock) {
  const untilMs = new LRUCache<string, number>({ max: REMEMBERED });
  const keyOf = (session: string, resource: string) => `${session}.${resource}`;
  return {
    add: (session: string, resource: string): void =>
      void untilMs.set(keyOf(session, resource), clock.now() + HELD_OFF_MS),
    has: (session: string, resource: string): boolean =>
      (untilMs.get(keyOf(session, resource)) ?? 0) > clock.now(),
  };
}

export type RefusedResources = ReturnType<typeof createRefusedResources>;
