import type { Claims, Hooks } from '../../server/hooks.ts';
import type { Clock } from '../../server/clock.ts';

/** How the host app's own code behaves: it fails at once, fails later, never answers, or takes its time. */
export type HookKind = 'none' | 'throw' | 'reject' | 'hang' | 'slow';

/** Within what a login waits for. */
const SLOW_MS = 1500;

/** Hooks that all behave alike. */
export function hooksOf(kind: HookKind, clock: Clock): { readonly hooks?: Hooks; readonly claims?: Claims } {
  if (kind === 'none') return {};
  const work = (): Promise<undefined> => {
    switch (kind) {
      case 'throw':
        throw new Error('a hook throws');
      case 'reject':
        return Promise.reject(new Error('a hook rejects'));
      case 'hang':
        return new Promise(() => undefined);
      case 'slow':
        return new Promise((resolve) => void clock.setTimeout(() => resolve(undefined), SLOW_MS));
    }
  };
  return {
    hooks: { onLogin: work, onRefresh: work, onEnd: work },
    claims: async () => ({ roles: await work() }),
  };
}
