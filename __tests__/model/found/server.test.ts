/**
 * @jest-environment node
 */
import { newBoxKey } from '../../../server/store/tokenBox.ts';
import { memoryStore } from '../../../server/store/tableStore.ts';
import type { LiveSession } from '../../../server/session/resolve.ts';
import type { SealedSession, TokenPair } from '../../../server/session/record.ts';
import { StoreUnreachable, type SessionStore } from '../../../server/store/contracts.ts';
import { createLog } from '../../../server/ops/log.ts';
import { composeServer } from '../../../server/composeServer.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { baseSettings } from '../instance.ts';

/* What the model found in the server, each as short as it gets. */

const pairAt = (nowMs: number, refreshToken: string): TokenPair => ({
  accessToken: `access ${refreshToken}`,
  refreshToken,
  expiresAtMs: nowMs + 30_000,
  refreshedAtMs: nowMs,
});

// 3 in 100,000 histories: a store that is away for more than a minute, and an answer that is lost in the meantime.
test('a pair that the store could not take for an hour is recorded when the store is back', async () => {
  const clock = new FakeClock();
  const inner = memoryStore(clock);
  let isDown = false;
  const store: SessionStore = {
    ...inner,
    commit: async (...args) => {
      if (isDown) throw new StoreUnreachable(new Error('down'));
      return inner.commit(...args);
    },
  };
  const runtime = composeServer(baseSettings, {
    clock,
    store,
    log: createLog('silent'),
    issuer: {
      login: async () => ({ kind: 'refused' }),
      refresh: async () => ({ kind: 'granted', pair: pairAt(clock.now(), 'R2') }),
      revoke: async () => undefined,
    },
  });
  const seal: SealedSession = {
    id: 'session',
    version: 1,
    user: { id: 'ada', name: 'Ada' },
    pair: pairAt(clock.now(), 'R1'),
    boxKey: newBoxKey(),
    epoch: 0,
    createdAtMs: clock.now(),
  };

  isDown = true;
  const session: LiveSession = { kind: 'live', seal, version: 1, pair: seal.pair, endsAtMs: Infinity };
  expect(await runtime.coordinator.refresh(session, { version: 1 })).toMatchObject({ kind: 'refreshed' });
  await clock.advance(3_600_000);
  isDown = false;
  await clock.advance(250);
  expect((await inner.read('session', 'ada')).record).toMatchObject({ version: 2 });
});

// 2 in 100,000: prolonged a moment too late after an outage, and given up though no one had asked for it.
test('a lease that ran out while the store was away, and that no one took, is still its holder’s', async () => {
  const clock = new FakeClock();
  const store = memoryStore(clock);
  const lease = await store.acquire('session', 13_000);
  clock.jump(13_050);
  expect(await lease?.extend(13_000)).toBe(true);
  expect(await store.acquire('session', 13_000)).toBeNull();
});
