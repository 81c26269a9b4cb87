import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from './person.ts';

const ignore = () => undefined;

/** How many requests a person holds open at once: more than any bound of the server, fewer than this process can. */
const MOST_HELD = 600;
const held = new WeakMap<Person, number>();

/** Opens a request and neither ends nor reads it; a refusal is read, so that its connection is free again. */
function hold(person: Person, path: string, method = 'GET', write?: string): void {
  const count = held.get(person) ?? 0;
  if (count >= MOST_HELD) return;
  held.set(person, count + 1);
  const req = request(person.options(path, method), (res) => {
    res.on('error', ignore);
    if (res.statusCode === 200) res.pause();
    else res.resume();
  });
  req.on('error', ignore).once('close', () => held.set(person, (held.get(person) ?? 1) - 1));
  if (write === undefined) req.end();
  else req.write(write);
}

const refreshLoop = async (person: Person) => {
  await person.call('/api/user', { method: 'POST', json: {} });
};

/** What each misbehaving person does, over and over; the name is the first part of the username. */
export const MISBEHAVIOUR: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
  interaction: refreshLoop,
  dialect: refreshLoop,
  empty: refreshLoop,
  throttled: refreshLoop,
  client: refreshLoop,
  broken: refreshLoop,
  html: refreshLoop,
  hanging: refreshLoop,
  forced: refreshLoop,
  streams: async (person) => {
    for (let open = 0; open < 20; open += 1) hold(person, '/api/upstream/events');
  },
  uploads: async (person) => hold(person, '/api/upstream/notes', 'POST', 'x'.repeat(100)),
  stalled: async (person) => hold(person, '/api/upstream/large'),
  slow: async (person) => hold(person, '/api/upstream/slow'),
  guesses: (person) => person.login('wrong'),
  oversized: (person) =>
    person.call('/api/login', { method: 'POST', json: { username: 'x'.repeat(1_000_000) } }),
  trickle: async (person) => hold(person, '/api/login', 'POST', '{'),
  garbage: async (person) => {
    person.jar.set('reseal', `Fe26.2*1*${'A'.repeat(3000)}~2`);
    await person.call('/api/user');
  },
  crooked: (person) => person.call('/api/upstream/notes/..%2f..%2fauth/login'),
  aborts: async (person) => {
    const req = request(person.options('/api/upstream/notes', 'GET'));
    req.on('error', ignore).end();
    setImmediate(() => req.destroy());
  },
  copied: async (person) => {
    const old = new Map(person.jar);
    await person.readNotes();
    old.forEach((value, name) => person.jar.set(name, value));
    await person.call('/api/upstream/notes');
  },
};

/** Misbehaves until told to stop; what fails is this person's own trouble. */
export async function misbehave(person: Person, kind: string, signal: AbortSignal): Promise<void> {
  await person.login().catch(ignore);
  while (!signal.aborted) {
    await MISBEHAVIOUR[kind]?.(person).catch(ignore);
    await sleep(50);
  }
  person.agent.destroy();
}
