import { resourceful } from './emphases.ts';
import type { Emphasis } from './histories.ts';
import type { Mutation } from './mutations.ts';

const setup = {
  rotation: 'strict',
  sharesStore: true,
  says: 'truth',
  accessTtlMs: 30_000,
  resources: 3,
} as const;
/** Little goes wrong but that tokens die, while pages and the browser itself ask for all of them. */
const expiring: Emphasis = {
  links: ['proxy', 'refresh', 'issuer.refresh'],
  weights: {
    ...resourceful.weights,
    reload: 10,
    login: 0,
    logout: 0,
    crash: 0,
    stall: 0,
    storeDown: 0,
    storeLost: 0,
    issuerDown: 0,
    mood: 0,
  },
  pausesMs: [0, 5, 400, 1000, 8000, 20_000, 65_000],
  setup: { ...setup, proxyRefresh: 'without-interceptor' },
};

/** The rules of a token for each resource. */
export const ofResources: readonly Mutation[] = [
  {
    name: 'resource-out-of-reach',
    rule: 'a token that is not of the newest version is replaced in the proxy',
    edits: [
      {
        file: 'server/proxy/sessionCallers.ts',
        from: 'return (this.#token?.version ?? 0) < this.session.version;',
        to: 'return (this.#token?.version ?? 0) < this.session.seal.version;',
      },
    ],
    breaks: ['request lost', 'logged out'],
    emphasis: expiring,
  },
  {
    name: 'resource-own-token',
    rule: 'an upstream whose token is not known here gets none',
    edits: [
      {
        file: 'server/session/tokens.ts',
        from: 'if (name !== null) return pair.resources?.[name] ?? null;',
        to: 'if (name !== null && pair.resources?.[name]) return pair.resources[name] ?? null;',
      },
    ],
    breaks: ['another resource'],
    emphasis: expiring,
  },
  {
    name: 'resource-refresh-token',
    rule: 'the refresh token that came with a resource’s token is the session’s newest',
    edits: [
      {
        file: 'server/session/tokens.ts',
        from: '    own: { version, atMs: obtainedAtMs },',
        to: '    refreshToken: old.pair.refreshToken,\n    own: { version, atMs: obtainedAtMs },',
      },
    ],
    breaks: ['presented twice'],
    emphasis: expiring,
  },
  {
    name: 'resource-rejected',
    rule: 'a resource that the issuer rejects does not hold off the session',
    edits: [
      {
        file: 'server/refresh/perform.ts',
        from: 'if (name !== null) return afterRefusal(',
        to: "if (name === '') return afterRefusal(",
      },
    ],
    breaks: ['held off for another'],
    emphasis: {
      ...expiring,
      weights: { ...expiring.weights, mood: 10, refresh: 20 },
      moods: ['rejects'],
    },
  },
];
