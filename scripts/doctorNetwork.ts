import type { Finding } from './doctorChecks.ts';

/** How long a server may take to answer. */
export const PATIENCE_MS = 5000;
const MAX_SKEW_MS = 30_000;

/** Asks a server over HTTP for its status, and compares the clocks by its `Date`. */
export async function checkReachable(check: string, url: URL, todo: string): Promise<Finding[]> {
  const startedAtMs = Date.now();
  const answer = await fetch(url, {
    method: 'HEAD',
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => null);
  if (!answer) return [{ check, state: 'fail', what: `${url.origin} does not answer`, todo }];
  const here = (startedAtMs + Date.now()) / 2;
  const findings: Finding[] = [{ check, state: 'ok', what: `${url.origin} answers ${answer.status}` }];
  const there = Date.parse(answer.headers.get('date') ?? '');
  if (!Number.isNaN(there)) findings.push(skew(`clock, ${check}`, there - here));
  return findings;
}

/** Compares a clock with ours. */
export function skew(check: string, byMs: number): Finding {
  const seconds = Math.round(byMs / 1000);
  return Math.abs(byMs) > MAX_SKEW_MS
    ? {
        check,
        state: 'fail',
        what: `${seconds} s apart from ours`,
        todo: 'keep both clocks by NTP: tokens are judged by them',
      }
    : { check, state: 'ok', what: `within ${Math.abs(seconds) + 1} s of ours` };
}
