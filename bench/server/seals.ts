import { randomBytes, randomUUID } from 'node:crypto';
import { newBoxKey } from '../../server/store/tokenBox.ts';
import type { SealedSession } from '../../server/session/record.ts';
import { keyringOf } from '../../server/settings/keyring.ts';
import { createMetrics } from '../../server/ops/metrics.ts';
import { createSessionCookies } from '../../server/session/cookies.ts';
import { PASSWORD } from './app.ts';

/** A session as the app makes it, its tokens of the size of real ones. */
export function makeSession(version = 1): SealedSession {
  const nowMs = Date.now();
  return {
    id: randomUUID(),
    version,
    user: { id: 'user-ada', name: 'Ada Lovelace' },
    pair: {
      accessToken: randomBytes(600).toString('base64url'),
      refreshToken: randomBytes(45).toString('base64url'),
      expiresAtMs: nowMs + 86_400_000,
      refreshedAtMs: nowMs,
    },
    boxKey: newBoxKey(),
    epoch: 0,
    createdAtMs: nowMs,
  };
}

export const makeSeals = (appUrl = 'http://localhost:3000') =>
  createSessionCookies({ keyring: keyringOf([PASSWORD]), appUrl: new URL(appUrl) }, createMetrics());

/** Seals `count` sessions; answers what a browser would send in its `Cookie` header. */
export async function mintCookies(count: number, appUrl?: string): Promise<string[]> {
  const seals = makeSeals(appUrl);
  const cookies: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const written = await seals.seal(undefined, makeSession(), 86_400_000);
    cookies.push(written.map((cookie) => cookie.split(';')[0]).join('; '));
  }
  return cookies;
}
