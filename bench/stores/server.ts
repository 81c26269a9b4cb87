import type { PasswordIssuer } from '../../server/issuers/issuer.ts';
import { composeServer, type Reseal } from '../../server/composeServer.ts';
import { createLog } from '../../server/ops/log.ts';
import type { TokenPair } from '../../server/session/record.ts';
import { readSettings } from '../../server/settings/fromEnv.ts';
import { until, works } from '../../testing/until.ts';
import { PASSWORD } from '../server/app.ts';
import { makeSession } from '../server/seals.ts';

const grant = async () =>
  ({ kind: 'granted', pair: { ...makeSession().pair, refreshedAtMs: Date.now() } as TokenPair }) as const;
/** An issuer that grants at once: what is measured is the rest of a refresh. */
const issuer: PasswordIssuer = {
  login: async ({ username }) => ({ ...(await grant()), user: { id: username, name: username } }),
  refresh: grant,
  revoke: async () => undefined,
};

/** One server over the store that the environment names, ready to serve. */
export async function serverWith(env: Readonly<Record<string, string>>): Promise<Reseal> {
  const settings = readSettings({
    NODE_ENV: 'production',
    UPSTREAM_URL: 'http://127.0.0.1:9',
    UPSTREAM_PATHS: '/notes',
    SESSION_PASSWORD: PASSWORD,
    APP_URL: 'http://localhost:3000',
    ...env,
  });
  const server = composeServer(settings, { issuer, log: createLog('warn') });
  await until(() => works(server.store.ready()), { withinMs: 60_000 });
  return server;
}

/** A browser as the list of sessions sees it. */
const BROWSER = {
  headers: {
    'user-agent':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  },
  remoteAddress: '127.0.0.1',
};

/** Refreshes so many new sessions, so many at a time, each through look, lease, call, commit and list. */
export async function refreshesOf(server: Reseal, count: number, atOnce: number): Promise<void> {
  let left = count;
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      const seal = makeSession();
      const live = { kind: 'live', seal, version: 1, pair: seal.pair, endsAtMs: Infinity } as const;
      const { kind } = await server.coordinator.refresh(live, { version: 1 });
      if (kind !== 'refreshed') throw new Error(`A refresh led to: ${kind}.`);
      await server.list.note(seal, BROWSER, Date.now());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
}

/** Reads so many records, of as many live sessions. */
export async function reads(store: Reseal['store'], count: number, among = 1): Promise<void> {
  for (let n = 0; n < count; n += 1)
    await store.read(`live-${Math.floor(Math.random() * among)}`, `person-${n}`);
}
