/**
 * Parses `Retry-After` into milliseconds from `nowMs`, never negative; `null` where it is absent or not understood.
 *
 * A value that is neither whole seconds nor one of the three HTTP dates counts as absent: `Date.parse` finds a date in
 * nearly any text, in `-3` too.
 *
 * @see RFC 9110 §10.2.3, §5.6.7
 */
export function parseRetryAfter(value: unknown, nowMs: number): number | null {
  const text = typeof value === 'string' ? value.trim() : '';
  const isDate = /^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/.test(text);
  // The asctime form names no zone, and means GMT.
  const dateMs = isDate ? Date.parse(text.replace(/( GMT)?$/, ' GMT')) - nowMs : NaN;
  const ms = /^\d+$/.test(text) ? +text * 1000 : dateMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
