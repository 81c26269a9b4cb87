import { oneRejected, twoSessions } from './emphases.ts';
import type { Mutation } from './mutations.ts';

/** The rules of DESIGN §5 that keep one session's trouble with the issuer its own. */
export const ofIsolation: readonly Mutation[] = [
  {
    name: 'rule1-two-sessions',
    rule: 'a refusal of this app holds off others only once two sessions got it',
    edits: [{ file: 'server/store/outage.ts', from: "'client refused': 2,", to: "'client refused': 1," }],
    breaks: ['held off for another'],
    emphasis: { ...twoSessions, moods: ['refusesClient'] },
  },
  {
    name: 'rule1-rejected',
    rule: 'any other 4xx holds off its own session only',
    edits: [
      {
        file: 'server/store/outage.ts',
        from: "if (kind === 'rejected' || !isOutage(next)) return next;",
        to: "if (!isReached(next, 'rejected') && !isOutage(next)) return next;",
      },
      { file: 'server/store/outage.ts', from: 'rejected: 5,', to: 'rejected: 1,' },
      {
        file: 'server/store/outage.ts',
        from: "const KINDS = ['transient', 'throttled', 'client refused'] as const;",
        to: "const KINDS = ['transient', 'throttled', 'client refused', 'rejected'] as const;",
      },
    ],
    breaks: ['held off for another'],
    emphasis: { ...twoSessions, moods: ['rejects'] },
  },
  {
    name: 'rule2-undead',
    rule: 'a session that is rejected again and again beside grants ends',
    edits: [
      {
        file: 'server/refresh/cooldown.ts',
        from: 'const DEAD_AFTER_REJECTIONS = 5;',
        to: 'const DEAD_AFTER_REJECTIONS = 5_000_000;',
      },
    ],
    breaks: ['undead'],
    emphasis: oneRejected,
  },
  {
    name: 'rule2-proof',
    rule: 'it ends only if the issuer granted others in that time',
    edits: [
      {
        file: 'server/refresh/cooldown.ts',
        from: 'issuer.grantedAtMs > own.rejectedSinceMs &&',
        to: '',
      },
    ],
    breaks: ['logged out'],
    emphasis: { ...oneRejected, setup: { ...oneRejected.setup, hasSecondBrowser: false } },
  },
  {
    name: 'rule2-minute',
    rule: 'it ends after a minute at the earliest',
    edits: [
      {
        file: 'server/refresh/cooldown.ts',
        from: 'const DEAD_AFTER_MS = 60_000;',
        to: 'const DEAD_AFTER_MS = 0;',
      },
    ],
    breaks: ['logged out'],
    emphasis: oneRejected,
  },
  {
    name: 'rule3-distinct',
    rule: 'an outage is counted over distinct sessions',
    edits: [{ file: 'server/store/outage.ts', from: 'known.includes(session) || ', to: '' }],
    breaks: ['held off for another'],
    emphasis: { ...twoSessions, moods: ['throttles'], pausesMs: [1000, 130_000, 130_000, 250_000] },
  },
  {
    name: 'rule3-throttled',
    rule: 'a 429 holds off others only once three sessions got one',
    edits: [{ file: 'server/store/outage.ts', from: 'throttled: 3,', to: 'throttled: 1,' }],
    breaks: ['held off for another'],
    emphasis: { ...twoSessions, moods: ['throttles'] },
  },
  {
    name: 'rule4',
    rule: 'forced refreshes are limited: a burst of 5, then one a second',
    edits: [{ file: 'server/refresh/allowance.ts', from: 'const BURST = 5;', to: 'const BURST = 5_000;' }],
    breaks: ['too many refreshes'],
    emphasis: {
      weights: { force: 40, mood: 0, issuerDown: 0, storeDown: 0, storeLost: 0 },
      setup: { sharesStore: true },
    },
  },
];
