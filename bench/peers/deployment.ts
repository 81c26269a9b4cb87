import { startBalancer } from '../../testing/balancer.ts';
import type { Instance } from '../../testing/production.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import type { Visitor } from './visitor.ts';

/** One contender: instances of its app behind a round-robin, before an upstream of its own. */
export interface Deployment<V extends Visitor = Visitor> {
  readonly name: string;
  readonly upstream: Upstream;
  /** How many of the instances serve. */
  serve(count: number): void;
  visitor(): V;
  close(): Promise<void>;
}

/** Short enough to wait for, whole seconds for libraries that count in them. */
const FIRST_TOKEN_SECONDS = 2;

export async function openDeployment<V extends Visitor>(
  name: string,
  start: (appUrl: string, upstreamUrl: string) => Promise<{ instances: Instance[]; close(): Promise<void> }>,
  visitorAt: (appUrl: string) => V,
): Promise<Deployment<V>> {
  const upstream = await createUpstream({ accessTtlSeconds: FIRST_TOKEN_SECONDS });
  let serving: readonly string[] = [];
  const balancer = await startBalancer(() => serving);
  const { instances, close } = await start(balancer.url, upstream.url);
  const serve = (count: number) => void (serving = instances.slice(0, count).map(({ url }) => url));
  serve(1);
  return {
    name,
    upstream,
    serve,
    visitor: () => visitorAt(balancer.url),
    async close() {
      await Promise.all(instances.map((one) => one.kill()));
      await close();
      await balancer.close();
      await upstream.close();
    },
  };
}
