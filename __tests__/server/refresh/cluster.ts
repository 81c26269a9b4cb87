import { Agent } from 'undici';
import type { SessionStore } from '../../../server/store/contracts.ts';
import { memoryStore } from '../../../server/store/tableStore.ts';
import type { TokenPair } from '../../../server/session/record.ts';
import { passwordIssuer } from '../../../server/issuers/password/issuer.ts';
import { PRESETS } from '../../../server/issuers/password/presets.ts';
import { createUpstream, type Upstream } from '../../../upstream/createUpstream.ts';
import type { Account, Hooks, UpstreamOptions } from '../../../upstream/options.ts';
import { startApp, type App, type AppOptions } from '../../support/app.ts';
import { deferred, type Deferred } from '../../support/deferred.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { troubledStore, type Trouble } from './troubledStore.ts';

// Seven suites may share two cores; no test here waits for time to pass.
jest.setTimeout(60_000);

/** Some instances of the app before one issuer, all going by one clock that the test moves. */
export interface Cluster {
  readonly clock: FakeClock;
  readonly upstream: Upstream;
  /** The first instance. */
  readonly app: App;
  readonly apps: readonly App[];
  /** What happens to calls of the store that the instances share. */
  readonly trouble: Trouble;
  /** The refresh tokens that the issuer was told to revoke, in order. */
  readonly revoked: readonly (string | null)[];
  /** Starts one more instance; with a memory of its own, it is one that was restarted. */
  readonly start: (options?: AppOptions & { readonly ownMemory?: boolean }) => Promise<App>;
  readonly close: () => Promise<void>;
}

export interface ClusterOptions extends UpstreamOptions {
  readonly instances?: number;
  readonly app?: AppOptions;
}

/** Starts a cluster; access tokens live a minute unless told otherwise. */
export async function startCluster({ instances = 1, app: appOptions = {}, ...options }: ClusterOptions = {}) {
  const clock = new FakeClock();
  const upstream = await createUpstream({ accessTtlSeconds: 60, now: () => clock.now(), ...options });
  const shared = troubledStore(memoryStore(clock));
  const revoked: (string | null)[] = [];
  const apps: App[] = [];
  const pools: Agent[] = [];

  const start: Cluster['start'] = async ({ ownMemory = false, ...more } = {}) => {
    const pool = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    pools.push(pool);
    const backend = { baseUrl: new URL(upstream.url), dispatcher: pool, clock };
    const issuer = passwordIssuer(PRESETS.oauth2, backend);
    const revoke = (pair: TokenPair, call: Parameters<typeof issuer.revoke>[1]) => {
      revoked.push(pair.refreshToken);
      return issuer.revoke(pair, call);
    };
    const store: SessionStore = ownMemory ? memoryStore(clock) : shared.store;
    const parts = { clock, store, issuer: { ...issuer, revoke }, ...appOptions.parts, ...more.parts };
    const app = await startApp(upstream.url, { ...appOptions, ...more, parts });
    apps.push(app);
    return app;
  };
  while (apps.length < instances) await start();

  return {
    clock,
    upstream,
    app: apps[0]!,
    apps,
    trouble: shared.trouble,
    revoked,
    start,
    close: async () => {
      await upstream.close();
      // Anyone who still waits for a store that never came back, or for a time, is let go.
      shared.trouble.down = () => false;
      await Promise.all([...apps.map(({ close }) => close()), clock.advance(600_000)]);
      await Promise.all(pools.map((pool) => pool.close()));
    },
  } satisfies Cluster;
}

/** Waits, turn by turn of the event loop, until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await isSo()); turns += 1) {
    if (turns > 20_000) throw new Error('It never came to be.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits until so many callers wait for a refresh at an instance. */
export async function waiters({ runtime }: App, count: number): Promise<void> {
  await until(async () => (await runtime.metrics.waiting.get()).values[0]?.value === count);
}

/** A number that an instance counts. */
export async function counted(
  { runtime }: App,
  name: 'joined' | 'saved' | 'late' | 'blindReads' | 'fromRecord' | 'abandoned' | 'revocationsFailed',
): Promise<number> {
  return (await runtime.metrics[name].get()).values[0]?.value ?? 0;
}

/** A place of the issuer where calls are held until the test lets them go. */
export interface Gate {
  readonly hooks: Hooks;
  /** Resolves when the first call stands at the gate. */
  readonly reached: Promise<void>;
  readonly open: () => void;
}

/** Holds the first call of a refresh at one place; later ones pass. */
export function gateAt(place: 'beforeRefresh' | 'afterRotate' | 'beforeAnswer'): Gate {
  const reached: Deferred<void> = deferred();
  const opened: Deferred<void> = deferred();
  const hold = ({ call }: { call: number }): Promise<void> | undefined => {
    if (call > 1) return undefined;
    reached.resolve();
    return opened.promise;
  };
  return { hooks: { [place]: hold }, reached: reached.promise, open: opened.resolve };
}

/** So many people with accounts: person-0, person-1, and so on. */
export function people(count: number): Account[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `person-${n}`,
    username: `person-${n}`,
    password: 'secret',
    name: `Person ${n}`,
  }));
}

/** Several at once. */
export function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
