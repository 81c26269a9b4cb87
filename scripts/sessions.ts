import { parseArgs } from 'node:util';
import { systemClock } from '../server/clock.ts';
import { audit } from '../server/ops/audit.ts';
import { createLog } from '../server/ops/log.ts';
import { createMetrics } from '../server/ops/metrics.ts';
import { livingSessionsOf } from '../server/session/list.ts';
import { personKey } from '../server/session/record.ts';
import { readSettings, isSettingsError } from '../server/settings/fromEnv.ts';
import { isStoreUnreachable } from '../server/store/contracts.ts';
import { openStore, type OpenStore } from '../server/store/openStore.ts';
import { reasonOf } from '../server/store/storeHealth.ts';
import { leaveFor, loadEnvFiles } from './environment.ts';

const USAGE = `npm run sessions -- list --user <id> | --all      who is logged in, and where
npm run sessions -- end  --user <id> | --all      logs them out everywhere, at once
  --json   one JSON line for each session`;

const STORE_PATIENCE_MS = 5000;

/** Prints the living sessions of these people. */
async function list({ store }: OpenStore, people: AsyncIterable<string>, asJson: boolean): Promise<number> {
  const now = systemClock.now();
  let count = 0;
  for await (const person of people) {
    for (const one of await livingSessionsOf(store, systemClock, person)) {
      count += 1;
      const { id, device, createdAtMs, refreshedAtMs, endsAtMs } = one;
      if (asJson) console.log(JSON.stringify({ person, id, device, createdAtMs, refreshedAtMs, endsAtMs }));
      else
        console.log(
          `${id}  person ${person.slice(0, 12)}  ${device.browser ?? '?'} on ${device.system ?? '?'}  ` +
            `login ${ago(now - createdAtMs)}  refreshed ${ago(now - refreshedAtMs)}`,
        );
    }
  }
  if (!asJson) console.log(`${count} sessions`);
  return count;
}

function ago(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

/** Ends every session of these people: a raised epoch ends those too that are on no list. */
async function end({ store }: OpenStore, people: AsyncIterable<string>, maxMs: number): Promise<number> {
  const log = createLog('info');
  let count = 0;
  for await (const person of people) {
    const living = await livingSessionsOf(store, systemClock, person);
    await store.raiseEpoch(person, systemClock.now(), maxMs);
    for (const { id } of living) await store.removeFromIndex(person, id);
    audit(log, { event: 'session_ended', by: 'operator', reason: 'logout', person, everywhere: true });
    count += 1;
  }
  console.error(`ended every session of ${count} ${count === 1 ? 'person' : 'people'}`);
  return count;
}

async function untilReady({ store }: OpenStore): Promise<void> {
  const endAtMs = Date.now() + STORE_PATIENCE_MS;
  for (;;) {
    try {
      return await store.ready();
    } catch (error) {
      if (Date.now() > endAtMs) throw error;
      await new Promise((resolve) => void setTimeout(resolve, 100));
    }
  }
}

async function* only(person: string) {
  yield person;
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      user: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [action] = positionals;
  if ((action !== 'list' && action !== 'end') || (values.user === undefined) === !values.all) leaveFor(USAGE);
  return { action, ...values };
}

async function main(): Promise<void> {
  const { action, user, json } = readArguments();
  const settings = readSettings({ ...process.env, NODE_ENV: 'production' });
  const opened = openStore(settings.store, systemClock, {
    log: createLog('silent'),
    metrics: createMetrics(),
  });
  const everyone = opened.people;
  if (!everyone)
    return leaveFor(
      'SESSION_STORE=memory: the sessions are in the server process alone. Restart it, and change SESSION_PASSWORD.',
    );
  try {
    await untilReady(opened);
    const people = user === undefined ? everyone() : only(personKey(user));
    await (action === 'list' ? list(opened, people, json) : end(opened, people, settings.maxMs));
  } finally {
    await opened.store.close();
  }
}

loadEnvFiles();
try {
  await main();
} catch (error) {
  if (isSettingsError(error)) leaveFor(error);
  if (!isStoreUnreachable(error)) throw error;
  leaveFor(`The session store cannot be reached (${reasonOf(error.cause)}).`);
}
