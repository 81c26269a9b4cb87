import { request } from 'undici';
import { createPool } from '../server/ops/egress.ts';
import type { Finding } from './doctorChecks.ts';

/** How long a server may take to answer. */
export const PATIENCE_MS = 5000;
const MAX_SKEW_MS = 30_000;

/** Asks a server over HTTP for its status, and compares the clocks by its `Date`. */
export async function checkReachable(check: string, url: URL, todo: string): Promise<Finding[]> {
  const startedAtMs = Date.now();
  // Through the proxy that the server would use.
  const dispatcher = createPool({});
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await request(url, { method: 'HEAD', dispatcher, signal }).catch(() => null);
  await answer?.body.dump();
  await dispatcher.destroy();
  if (!answer) return [{ check, state: 'fail', what: `${url.origin} does not answer`, todo }];
  const here = (startedAtMs + Date.now()) / 2;
  const findings: Finding[] = [{ check, state: 'ok', what: `${url.origin} answers ${answer.statusCode}` }];
  const there = Date.parse(String(answer.headers['date'] ?? ''));
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
