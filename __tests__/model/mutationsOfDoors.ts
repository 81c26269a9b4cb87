import type { Emphasis } from './histories.ts';
import type { Mutation } from './mutations.ts';

const quiet = {
  request: 0,
  refresh: 0,
  login: 0,
  logout: 0,
  reload: 0,
  freezeTab: 0,
  fault: 0,
  crash: 0,
  stall: 0,
  storeDown: 0,
  storeLost: 0,
  issuerDown: 0,
  mood: 0,
  force: 0,
  kill: 0,
};
const setup = { rotation: 'strict', sharesStore: true, says: 'truth', accessTtlMs: 30_000 } as const;
/** The browser reads by itself, over tokens that die by time and by hand. */
const reads: Emphasis = {
  weights: { ...quiet, read: 40, render: 0, expire: 10 },
  pausesMs: [400, 1000, 8000, 20_000, 65_000],
  setup: { ...setup, proxyRefresh: 'without-interceptor' },
};
/** Server components render over dead tokens, beside tabs. */
const renders: Emphasis = { ...reads, weights: { ...quiet, read: 0, render: 40, request: 5, expire: 10 } };
/** Logins and refreshes in a host app whose hooks fail. */
const hooked = (hooks: 'throw' | 'hang'): Emphasis => ({
  weights: { ...quiet, refresh: 30, request: 20, login: 20, expire: 10, read: 0, render: 0 },
  setup: { ...setup, hooks },
});

/** What the proxy does with a dead token, and what the host app's hooks may cost. */
export const ofDoors: readonly Mutation[] = [
  {
    name: 'read-without-interceptor',
    rule: 'a read without the interceptor is refreshed in the proxy',
    edits: [
      {
        file: 'server/proxy/callers.ts',
        from: "proxyRefresh === 'without-interceptor' && headers",
        to: "proxyRefresh === 'always' && headers",
      },
    ],
    breaks: ['request lost'],
    emphasis: reads,
  },
  {
    name: 'read-never',
    rule: 'PROXY_REFRESH=never refreshes nothing in the proxy',
    edits: [
      {
        file: 'server/proxy/callers.ts',
        from: "proxyRefresh === 'without-interceptor' && headers",
        to: "proxyRefresh !== 'always' && headers",
      },
    ],
    breaks: ['refreshed uninvited'],
    emphasis: { ...reads, setup: { ...reads.setup, proxyRefresh: 'never' } },
  },
  {
    name: 'read-of-interceptor',
    rule: 'a call of the interceptor keeps its 401',
    edits: [
      {
        file: 'server/proxy/callers.ts',
        from: 'headers[RESEAL_HEADER.toLowerCase()] === undefined);',
        to: 'headers !== undefined);',
      },
    ],
    breaks: ['refreshed uninvited'],
    emphasis: { ...reads, weights: { ...quiet, request: 40, read: 0, render: 0, expire: 10 } },
  },
  {
    name: 'read-after-401',
    rule: 'a token that the upstream refuses is refreshed and the read is sent again',
    edits: [
      {
        file: 'server/proxy/forward.ts',
        from: 'replaces && isReplayable(exchange) ? await refreshed(call) : null;',
        to: 'replaces && !isReplayable(exchange) ? await refreshed(call) : null;',
      },
    ],
    breaks: ['request lost'],
    emphasis: reads,
  },
  {
    name: 'read-cookie',
    rule: 'the proxy writes no session cookie',
    edits: [
      {
        file: 'server/proxy/forward.ts',
        from: 'return { status, headers: shown, body };',
        to: "return { status, headers: shown, body, cookies: ['reseal_hint=planted.9; Path=/'] };",
      },
    ],
    breaks: ['writes a cookie'],
    emphasis: reads,
  },
  {
    name: 'render',
    rule: 'upstreamFetch refreshes a dead token, whatever PROXY_REFRESH says',
    edits: [{ file: 'server/proxy/upstreamFetch.ts', from: 'proxy(exchange, true)', to: 'proxy(exchange)' }],
    breaks: ['request lost'],
    emphasis: renders,
  },
  {
    name: 'hook-throws',
    rule: 'an onRefresh that throws fails no refresh',
    edits: [
      {
        file: 'server/hooks.ts',
        from: "if (onRefresh) void run('onRefresh', () => onRefresh(eventOf(seal, version)));",
        to: 'if (onRefresh) void onRefresh(eventOf(seal, version));',
      },
    ],
    breaks: ['held off for another', 'logged out', 'presented twice', 'unsettled'],
    emphasis: hooked('throw'),
  },
  {
    name: 'hook-awaited',
    rule: 'no caller of a refresh waits for onRefresh',
    edits: [
      {
        file: 'server/hooks.ts',
        from: 'refreshed(seal: SealedSession, version: number): void {',
        to: 'async refreshed(seal: SealedSession, version: number): Promise<void> {',
      },
      {
        file: 'server/hooks.ts',
        from: "if (onRefresh) void run('onRefresh', () => onRefresh(eventOf(seal, version)));",
        to: 'if (onRefresh) await onRefresh(eventOf(seal, version));',
      },
      {
        file: 'server/refresh/perform.ts',
        from: 'hooks?.refreshed(old.seal, old.version + 1);',
        to: 'await hooks?.refreshed(old.seal, old.version + 1);',
      },
    ],
    breaks: ['held off for another', 'logged out', 'presented twice', 'unsettled'],
    emphasis: hooked('hang'),
  },
  {
    name: 'hook-bound',
    rule: 'a login waits two seconds for a hook, and no longer',
    edits: [
      {
        file: 'server/hooks.ts',
        from: 'within(clock, HOOK_MS, work, late)',
        to: 'within(clock, 100 * HOOK_MS, work, late)',
      },
    ],
    breaks: ['unsettled'],
    emphasis: hooked('hang'),
  },
  {
    name: 'hook-of-login',
    rule: 'an onLogin that fails lets the login through, unless the host app asks for the opposite',
    edits: [
      { file: 'server/hooks.ts', from: "onLoginFailure = 'allow' }", to: "onLoginFailure = 'refuse' }" },
    ],
    breaks: ['login refused'],
    emphasis: hooked('throw'),
  },
];
