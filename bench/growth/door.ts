import { productionEnvironment, startInstance, type Environment } from '../../testing/production.ts';
import { forked, pin } from '../frontDoor/processes.ts';
import { AROUND, MEASURED, SENT, type Target } from '../frontDoor/targets.ts';
import { PASSWORD } from '../server/app.ts';

const BENCH = `${import.meta.dirname}/..`;

/** Starts the upstreams of a part on the core of all that is not measured. */
export async function startUpstreams(count: number): Promise<string[]> {
  pin(process.pid, AROUND);
  const all = await Promise.all(Array.from({ length: count }, () => forked(`${BENCH}/server/upstream.ts`)));
  return all.map(({ url }) => url);
}

/** Starts a server on the core that is measured: the front door, or what else `command` names. */
export async function startMeasured(
  name: string,
  upstreamUrl: string,
  { env = {}, command = ['scripts/start.ts'], ready = '/api/health' }: MeasuredOptions = {},
) {
  const settings = {
    ...productionEnvironment(upstreamUrl, 'http://127.0.0.1'),
    SESSION_PASSWORD: PASSWORD,
    LOG_LEVEL: 'error',
    ...env,
  };
  const instance = await startInstance(settings, { command: [...command], path: ready });
  pin(instance.pid, MEASURED);
  const target: Target = {
    name,
    url: `${instance.url}/api/upstream/notes`,
    pid: instance.pid,
    headers: SENT,
  };
  return { instance, target };
}

export interface MeasuredOptions {
  readonly env?: Environment;
  readonly command?: readonly string[];
  readonly ready?: string;
}

/** The least that forwards a request, beside the front door. */
export const startBare = (upstreamUrl: string) =>
  startMeasured('bare node:http and undici', upstreamUrl, {
    command: [`${BENCH}/doors/host.ts`, 'node', 'bare'],
    ready: '/api/upstream/notes',
  });
