import { pin, forked } from '../frontDoor/processes.ts';
import { MEASURED, AROUND, SENT, type Target } from '../frontDoor/targets.ts';
import { signIn } from '../load/stopping.ts';
import { nextStart } from '../peers/apps.ts';
import { PASSWORD } from '../server/app.ts';
import { productionEnvironment, startInstance, type Instance } from '../../testing/production.ts';

const BENCH = `${import.meta.dirname}/..`;
const ROUTE = '/api/upstream/notes';

/** One way to run a server, and where its route is. */
interface Host {
  readonly command: readonly string[];
  readonly path: string;
}

/** Reseal in one framework, and what the same framework does without it. */
export interface Door {
  readonly name: string;
  readonly reseal: Host;
  /** Bare handlers by what they call the upstream with; the first is what Reseal is divided by. */
  readonly bare: Readonly<Record<string, Host>>;
}

const host = (framework: string, what: string): Host => ({
  command: [`${BENCH}/doors/host.ts`, framework, what],
  path: ROUTE,
});
const nextApp = (folder: string, path: string): Host => ({ command: nextStart(`${BENCH}/${folder}`), path });

/** A framework of its own process: Reseal as docs/doors.md mounts it, and a handler that forwards. */
const inNode = (name: string, framework: string): Door => ({
  name,
  reseal: host(framework, 'reseal'),
  bare: { undici: host(framework, 'bare') },
});

export const DOORS: readonly Door[] = [
  {
    name: 'front door, `npm start`',
    reseal: { command: ['scripts/start.ts'], path: ROUTE },
    bare: {},
  },
  inNode('node:http', 'node'),
  inNode('Express', 'express'),
  inNode('Fastify', 'fastify'),
  {
    name: 'Hono, `fetch(Request)`',
    reseal: host('hono', 'reseal'),
    bare: { undici: host('hono', 'bare'), fetch: host('hono', 'fetch') },
  },
  {
    name: 'Pages route, `next start`',
    reseal: nextApp('app', ROUTE),
    bare: { undici: nextApp('app', '/api/through/notes') },
  },
  {
    name: 'App Router route, `next start`',
    reseal: nextApp('appRouter', ROUTE),
    bare: {
      undici: nextApp('appRouter', '/bare/undici/notes'),
      fetch: nextApp('appRouter', '/bare/fetch/notes'),
    },
  },
];

/** The name under which a door, or one of its bare handlers, is measured. */
export const keyOf = ({ name }: Door, bare?: string) => (bare ? `${name}, bare ${bare}` : name);

/** Starts every door and its bare handlers, each in a process of its own on the same one core. */
export async function openDoors(doors: readonly Door[]) {
  pin(process.pid, AROUND);
  const upstream = await forked(`${BENCH}/server/upstream.ts`);
  const instances: Instance[] = [];
  const start = async ({ command, path }: Host, ready: string): Promise<Target> => {
    const env = {
      ...productionEnvironment(upstream.url, 'http://127.0.0.1'),
      SESSION_PASSWORD: PASSWORD,
      LOG_LEVEL: 'error',
      UPSTREAM_CONCURRENCY_PER_SESSION: '1000',
    };
    const instance = await startInstance(env, { command: [...command], path: ready });
    instances.push(instance);
    pin(instance.pid, MEASURED);
    return { name: '', url: instance.url + path, pid: instance.pid, headers: SENT };
  };
  const targets: Target[] = [];
  for (const door of doors) {
    const own = await start(door.reseal, '/api/health');
    // The bare handlers are sent the same cookie, which they drop: what is compared is what is done with it.
    const headers = { ...SENT, Cookie: await signIn(new URL(own.url).origin) };
    targets.push({ ...own, name: keyOf(door), headers });
    for (const [what, bare] of Object.entries(door.bare))
      targets.push({ ...(await start(bare, bare.path)), name: keyOf(door, what), headers });
  }
  return { targets, close: () => Promise.all(instances.map((one) => one.kill())) };
}
