import { slowIssuer, crowd, lostAnswers, leaving } from './emphases.ts';
import type { Mutation } from './mutations.ts';

/** The server's rules that PROTOCOL.md has a history for. */
export const ofProtocol: readonly Mutation[] = [
  {
    name: 'P1',
    rule: 'the deadline is the callers’, not the call’s',
    edits: [
      {
        file: 'server/refresh/perform.ts',
        from: 'const CALL_OUTLASTS_CALLERS = 6;',
        to: 'const CALL_OUTLASTS_CALLERS = 1;',
      },
    ],
    breaks: ['presented twice'],
    emphasis: slowIssuer,
  },
  {
    name: 'P2',
    rule: 'look again under the lease',
    edits: [
      {
        file: 'server/refresh/coordinator.ts',
        from: '  function attempt(',
        to: '  async function attempt(',
      },
      {
        file: 'server/refresh/coordinator.ts',
        from: 'const { id } = seal;',
        to: 'const { id } = seal; const before = await sessions.look(seal);',
      },
      {
        file: 'server/refresh/coordinator.ts',
        from: '[sessions.look(seal, acquiring), cooldown.known(id)]',
        to: '[acquiring.then(() => before), cooldown.known(id)]',
      },
    ],
    breaks: ['presented twice'],
    emphasis: {
      ...crowd,
      links: ['store.acquire'],
      delaysMs: [100, 150, 250],
      pausesMs: [0, 0, 1, 5, 20, 60, 400],
    },
  },
  {
    name: 'P3',
    rule: 'records go by session and version, not by token',
    edits: [
      {
        file: 'server/session/resolve.ts',
        from: 'const pair = opened(seal, standing.box, standing.version);\n',
        to: `const pair = opened(seal, standing.box, standing.version);
        if (pair?.refreshToken === seal.pair.refreshToken)
          return { found: { kind: 'live', seal, version: seal.version, pair: seal.pair, endsAtMs: standing.endsAtMs }, standing };\n`,
      },
    ],
    breaks: ['logged out', 'request lost'],
    emphasis: { ...lostAnswers, setup: { rotation: 'none', says: 'truth' } },
  },
  {
    name: 'P4',
    rule: 'the grace starts when a request first brings the newest version',
    edits: [
      {
        file: 'server/store/tableStore.ts',
        from: '{ ...newest, seenAtMs: null, ended: null,',
        to: '{ ...newest, seenAtMs: newest.refreshedAtMs, ended: null,',
      },
    ],
    breaks: ['logged out'],
    emphasis: lostAnswers,
  },
  {
    name: 'P5-end',
    rule: 'login ends the session that the jar held',
    edits: [
      {
        file: 'server/session/start.ts',
        from: "if (old) await endSession(old, 'replaced', { requestId, keepsTokens });",
        to: '',
      },
    ],
    breaks: ['lives at the issuer', 'works after logout'],
    emphasis: leaving,
  },
  {
    name: 'P6',
    rule: 'logout revokes the newest pair, not only the cookie’s',
    edits: [
      {
        file: 'server/session/end.ts',
        from: 'await Promise.all([revokeNewer(record), revoke(seal.pair, requestId)]);',
        to: 'await revoke(seal.pair, requestId);',
      },
    ],
    breaks: ['lives at the issuer'],
    emphasis: leaving,
  },
  {
    name: 'P6-late',
    rule: 'a commit that the end refuses revokes its token',
    edits: [
      {
        file: 'server/refresh/perform.ts',
        from: "if (verdict !== 'moved') await revoke(pair, requestId);",
        to: '',
      },
    ],
    breaks: ['lives at the issuer'],
    emphasis: leaving,
  },
  {
    name: 'P7',
    rule: 'every unseal reads the record',
    edits: [
      {
        file: 'server/session/resolve.ts',
        from: 'const { record, epoch } = await remembered(seal);\n        const { found, standing }',
        to: 'const { record, epoch } = { record: null, epoch: seal.epoch };\n        const { found, standing }',
      },
    ],
    breaks: ['works after logout'],
    emphasis: { ...leaving, setup: { ...leaving.setup, selfContained: true } },
  },
  {
    name: 'P10',
    rule: '“already refreshed” only if good for some seconds more',
    edits: [
      {
        file: 'server/refresh/isFresh.ts',
        from: 'if (token.expiresAtMs === null) return true;',
        to: 'return true;',
      },
    ],
    // The engine asks again where a pair is dead, so no request is lost any more; server/refresh/histories.test.ts notices.
    breaks: [],
    emphasis: {
      ...lostAnswers,
      delaysMs: [4000, 9000],
      weights: { ...lostAnswers.weights, request: 40, fault: 40, expire: 0 },
      setup: { says: 'truth', accessTtlMs: 4000 },
    },
  },
  {
    name: 'P11',
    rule: 'dead is remembered',
    edits: [
      {
        file: 'server/refresh/perform.ts',
        from: 'const before = await store.end(old.seal.id, reason, sessions.absoluteMs(old.seal), old.version);',
        to: 'const before = null as null | { version: number };',
      },
    ],
    breaks: ['presented twice'],
    emphasis: {
      weights: { kill: 8, refresh: 30, login: 1, logout: 0 },
      links: ['refresh'],
      setup: { tabs: 3 },
    },
  },
  {
    name: 'P12',
    rule: 'the commit is one atomic step: here a look, then a write',
    edits: [
      { file: 'server/store/tableStore.ts', from: "if (record?.ended) return 'ended';", to: '' },
      {
        file: 'server/refresh/perform.ts',
        from: 'const [verdict, ended] = await Promise.all([',
        to: `const known = await sessions.look(seal);
      if (known.kind === 'ended') { await revoke(pair, requestId); return known; }
      const [verdict, ended] = await Promise.all([`,
      },
    ],
    breaks: ['works after logout', 'lives at the issuer'],
    emphasis: {
      ...leaving,
      links: ['store.commit'],
      delaysMs: [100, 400, 400],
      pausesMs: [0, 20, 60, 100, 150, 400, 1000],
      setup: { ...leaving.setup, instances: 3, hasLocks: false },
    },
  },
];
