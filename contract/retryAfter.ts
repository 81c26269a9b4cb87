/**
 * Parses `Retry-After` into milliseconds from `nowMs`, never negative; `null` where it is absent or not understood.
 *
 * A value that is neither whole seconds nor one of the three HTTP dates counts as absent: `Date.parse` finds a date in
 * nearly any text, in `-3` too.
 *
 * @see RFC 9110 §10.2.3, §5.6.7
 */
export function parseRetryAfter(value: unknown, nowMs: number): number | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d+$/.test(text)) return finite(Number(text) * 1000);
  if (!/^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/.test(text)) return null;
  // The asctime form names no zone, and means GMT.
  return finite(Date.parse(/ GMT$/.test(text) ? text : `${text} GMT`) - nowMs);
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? Math.max(0, ms) : null);
