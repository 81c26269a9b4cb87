import { createClient } from 'redis';
import type { Finding } from './doctorChecks.ts';

const PATIENCE_MS = 5000;
const MAX_SKEW_MS = 30_000;

/** Asks somebody over HTTP whether they are there, and compares the clocks by their `Date`. */
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

function skew(check: string, byMs: number): Finding {
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

/** Looks whether Redis answers, keeps what it is given, and has our time. */
export async function checkRedis(url: string | null): Promise<Finding[]> {
  if (url === null) {
    const todo = 'set REDIS_URL before you run a second one';
    return [{ check: 'redis', state: 'note', what: 'none: records live in this one process', todo }];
  }
  const client = createClient({ url, socket: { connectTimeout: PATIENCE_MS, reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const info = await client.info();
    const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? 'unknown';
    const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
    const [seconds = '0'] = (await client.sendCommand(['TIME'])) as unknown as string[];
    const kept: Finding =
      policy === 'noeviction'
        ? { check: 'redis', state: 'ok', what: `version ${version} answers, keeps what it is given` }
        : {
            check: 'redis',
            state: 'warn',
            what: `evicts (${policy}): an evicted record is a lost logout`,
            todo: 'set maxmemory-policy noeviction',
          };
    return [kept, skew('clock, redis', Number(seconds) * 1000 + 500 - Date.now())];
  } catch {
    return [
      {
        check: 'redis',
        state: 'fail',
        what: 'does not answer',
        todo: 'check REDIS_URL, its password and its TLS',
      },
    ];
  } finally {
    client.destroy();
  }
}
