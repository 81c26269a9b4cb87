import type { SimulatedIssuer } from './issuer.ts';
import { isOutOfReach, type Ledger, type SessionStory } from './ledger.ts';

/** How often a token is revoked in vain before no one tries again (server/refresh/revoke.ts). */
const TRIES = 5;

interface Circumstances {
  /** Whether an instance died. */
  readonly hasCrashed: boolean;
  readonly graceMs: number;
}

/** Holds the issuer against what was promised: anyone who logged out does not live on there. */
export function judgeRevocations(
  ledger: Ledger,
  issuer: SimulatedIssuer,
  circumstances: Circumstances,
): void {
  for (const story of ledger.sessions.values()) {
    if (!story.end || story.end.why === 'everywhere' || !issuer.isRefreshable(story.family)) continue;
    const why = whyNot(ledger, issuer, story, story.end, circumstances);
    if (why) ledger.excuse(`lives at the issuer: ${why}`);
    else
      ledger.violate(
        'lives at the issuer',
        `${story.id.slice(0, 4)} of ${story.person}, ended by ${story.end.why}`,
      );
  }
}

function whyNot(
  ledger: Ledger,
  issuer: SimulatedIssuer,
  { id, family, startedAtMs, steppedUpAtMs }: SessionStory,
  end: NonNullable<SessionStory['end']>,
  { hasCrashed, graceMs }: Circumstances,
): string | null {
  const refreshes = ledger.calls.filter((call) => call.session === id && call.outcome === 'rotated');
  const newest = refreshes.at(-1);
  if (newest && newest.recordedAtMs === null && isOutOfReach(newest)) return 'no one holds the newest token';
  if (!end.certain || ledger.forgotSince(startedAtMs)) return 'the store failed';
  // A revocation that was to be tried again died with it.
  if (hasCrashed) return 'a process died';
  // Anyone who ended it came with an older cookie, which leads nowhere any more.
  const recordedAtMs = Math.max(newest?.recordedAtMs ?? -Infinity, steppedUpAtMs.at(-1) ?? -Infinity);
  const isSuperseded = end.atMs - recordedAtMs >= graceMs;
  if (isSuperseded && end.version <= refreshes.length + steppedUpAtMs.length) return 'the box was dropped';
  return (issuer.failedTries.get(family.newest) ?? 0) >= TRIES ? 'every try to revoke it failed' : null;
}
