import type { SimulatedIssuer } from './issuer.ts';
import type { Ledger, SessionStory } from './ledger.ts';

/** When the last try of a revocation is made, after the first (server/revoke.ts); each may hang for ten seconds. */
const LAST_TRY_MS = { from: 150_000, until: 210_000 };

/** Holds the issuer against what was promised: whoever logged out does not live on there. `died`: whether an instance did. */
export function judgeRevocations(ledger: Ledger, issuer: SimulatedIssuer, died: boolean): void {
  for (const story of ledger.sessions.values()) {
    if (!story.end || story.end.why === 'everywhere' || !issuer.isRenewable(story.family)) continue;
    const why = whyNot(ledger, story, story.end, died);
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
  { id, startedAtMs }: SessionStory,
  end: NonNullable<SessionStory['end']>,
  died: boolean,
) {
  const newest = ledger.calls.findLast((call) => call.session === id && call.outcome === 'rotated');
  if (newest && newest.recordedAtMs === null && (newest.lost || newest.abandoned || !newest.process.isAlive))
    return 'nobody holds the newest token';
  if (!end.certain || ledger.forgotSince(startedAtMs)) return 'the store failed';
  // A revocation that was to be tried again died with it.
  if (died) return 'a process died';
  const isSilent = ledger.silences.some(
    ({ fromMs, untilMs }) => untilMs > end.atMs + LAST_TRY_MS.from && fromMs < end.atMs + LAST_TRY_MS.until,
  );
  return isSilent ? 'the issuer was away longer than it is asked' : null;
}
