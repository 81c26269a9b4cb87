import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { startBalancer, type Balancer } from '../../testing/balancer.ts';
import { Browser } from '../../testing/browser.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { sampleAccounts, type UpstreamOptions } from '../../upstream/options.ts';
import { startBacking, type Backing, type StoreKind } from './backing.ts';

/** Production instances over one store, behind a round-robin, before one upstream. */
export interface Deployment {
  readonly upstream: Upstream;
  readonly backing: Backing;
  readonly balancer: Balancer;
  readonly instances: readonly Instance[];
  /** CPU time of all instances so far in ms, of those that were restarted as well. */
  cpuMs(): number;
  /** Restarts one, the others serving in the meantime; answers its exit code. */
  restart(index: number): Promise<number | null>;
  /** Kills one with SIGKILL and starts another in its place. */
  crash(index: number): Promise<void>;
  close(): Promise<void>;
}

export interface DeploymentOptions {
  readonly upstream?: UpstreamOptions;
  readonly count?: number;
  readonly env?: Environment;
  readonly store?: StoreKind;
}

const PROBE = { id: 'probe', username: 'probe', password: 'password-of-the-probe', name: 'Probe' };

/** Lets a new server do everything once: its first requests take as long as its code takes to be compiled. */
async function warmUp(instance: Instance): Promise<Instance> {
  const probe = new Browser(instance.url);
  const steps = [
    () => probe.login(PROBE.username, PROBE.password),
    () => probe.call('/api/upstream/me'),
    () => probe.refresh(),
    () => probe.whoAmI(),
    () => probe.logout(),
  ];
  // The issuer may fail it as it fails others; it has been there all the same.
  for (const step of [...steps, ...steps]) await step().catch(() => undefined);
  return instance;
}

/** Starts it all; builds the app first if there is no build. */
export async function startDeployment(options: DeploymentOptions = {}): Promise<Deployment> {
  await ensureBuild();
  const backing = await startBacking(options.store ?? 'redis');
  const users = [...(options.upstream?.users ?? []), ...sampleAccounts, PROBE];
  const upstream = await createUpstream({ ...options.upstream, users });
  const instances: Instance[] = [];
  let cpuMsOfTheGone = 0;
  const balancer = await startBalancer(() => instances.map(({ url }) => url), { checkEveryMs: 100 });
  const env = {
    ...productionEnvironment(upstream.url, balancer.url),
    ...backing.env,
    LOG_LEVEL: 'warn',
    // Longer than a busy balancer takes to notice.
    SHUTDOWN_DELAY_MS: '2000',
    ...options.env,
  };
  const { count = 3 } = options;
  const start = async () => warmUp(await startInstance(env));
  async function replace(index: number, end: (one: Instance) => Promise<number | null>) {
    const old = instances[index] as Instance;
    cpuMsOfTheGone += old.cpuMs();
    const code = await end(old);
    instances[index] = await start();
    return code;
  }
  instances.push(...(await Promise.all(Array.from({ length: count }, start))));
  return {
    upstream,
    backing,
    balancer,
    instances,
    cpuMs: () => instances.reduce((sum, one) => sum + one.cpuMs(), cpuMsOfTheGone),
    restart: (index) => replace(index, (one) => one.stop()),
    crash: async (index) => void (await replace(index, (one) => one.kill().then(() => null))),
    async close() {
      await Promise.all(instances.map((one) => one.stop()));
      await balancer.close();
      await upstream.close();
      await backing.close();
    },
  };
}
