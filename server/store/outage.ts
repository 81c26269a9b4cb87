/** What all instances together remember of an issuer that fails. */
export interface Outage {
  /** How many calls failed in a row, whoever's, without an answer between. */
  readonly failures: number;
  /** How many windows were opened since the first of them. */
  readonly windows: number;
  /** Until when calls are held off, ms since the epoch. */
  readonly untilMs: number;
}

export const NO_OUTAGE: Outage = { failures: 0, windows: 0, untilMs: 0 };

/**
 * One failure may be one person's bad luck; five in a row, whoever's, without a success between are an outage.
 * Where one call in ten fails at random, five in a row come once in 100,000 calls; three come once in 1,000.
 */
export const OUTAGE_AFTER = 5;
export const FIRST_MS = 1000;
export const LONGEST_MS = 30_000;
/** The longest that an issuer may ask for in `Retry-After`. */
export const LONGEST_ASKED_MS = 10 * LONGEST_MS;
/** Beyond the longest window: failures that nothing followed for so long are forgotten. */
export const REMEMBERED_MS = 2 * LONGEST_ASKED_MS;

/** The n-th window in a row, in ms: doubling from one second. */
export const windowMs = (count: number) => Math.min(FIRST_MS * 2 ** (count - 1), LONGEST_MS);

/**
 * Counts so many failures more. In an outage whose window is over it opens the next, so that who counts none only
 * asks to be the one who may call in it; a `Retry-After` within a window prolongs it. Windows double, not failures:
 * sixty calls that failed in the same moment are one bad moment.
 */
export function counted(outage: Outage, more: number, nowMs: number, askedMs: number): Outage {
  const failures = outage.failures + more;
  if (failures < OUTAGE_AFTER) return { ...outage, failures };
  if (outage.untilMs > nowMs)
    return { ...outage, failures, untilMs: Math.max(outage.untilMs, nowMs + askedMs) };
  const windows = outage.windows + 1;
  return { failures, windows, untilMs: nowMs + Math.max(windowMs(windows), askedMs) };
}
