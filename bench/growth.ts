import { queue, queueTable } from './growth/queue.ts';
import { memory, memoryTable } from './growth/records.ts';
import { refreshes, refreshTable } from './growth/refresh.ts';
import { requestsAtOnce, requestsTable } from './growth/requests.ts';
import { openSockets, socketsTable } from './growth/sockets.ts';
import { overUpstreams, upstreamsTable } from './growth/upstreams.ts';
import { report, type Finding } from './lib/report.ts';
import { leaveNobody } from './peers/leaveNobody.ts';
import { ensureBuild } from '../testing/production.ts';

/*
 * What grows with the number of requests, upstreams, sockets and sessions: the front door, and what is below it.
 * `BENCH_ONLY=requests,sockets` takes parts, `BENCH_SMOKE=1` runs each once and short and writes nothing.
 */
const only = process.env['BENCH_ONLY'] ?? '';
const isSmoke = process.env['BENCH_SMOKE'] === '1';
const rounds = Number(process.env['BENCH_ROUNDS'] ?? (isSmoke ? 1 : 5));
const sampleMs = isSmoke ? 100 : 450;
const command = (name: string) => `\`BENCH_ONLY=${name} npm run bench -- growth\`.`;
const PINNED =
  'The server has one core, load generator and upstreams the other; CPU and memory are those of the process with all below it.';

const PARTS: Readonly<Record<string, () => Promise<Omit<Finding, 'packages'>>>> = {
  async requests() {
    const raw = await requestsAtOnce(isSmoke ? [1, 50] : [1, 10, 100, 1000], rounds, sampleMs);
    return {
      title: '### Requests at once',
      raw,
      markdown: requestsTable(raw),
      notes: `${command('requests')} The front door of \`npm start\` with its default settings. Each connection sends its next request when the last was answered; the requests belong to 1,000 sessions in turns. *Bare* is node:http and undici in the same rounds. ${PINNED}`,
    };
  },
  async upstreams() {
    const raw = await overUpstreams(isSmoke ? [1, 2] : [1, 2, 8], rounds, sampleMs);
    return {
      title: '### Upstreams',
      raw,
      markdown: upstreamsTable(raw),
      notes: `${command('upstreams')} Each upstream is a process of its own, so that the connections of the front door are spread over as many pools. ${PINNED}`,
    };
  },
  async sockets() {
    const plans = [
      { sockets: 100, sessions: 1 },
      { sockets: 1000, sessions: 1 },
      { sockets: 1000, sessions: 1000 },
    ];
    const raw = await openSockets(isSmoke ? [{ sockets: 20, sessions: 20 }] : plans, isSmoke ? 1 : 3);
    return {
      title: '### Sockets',
      raw,
      markdown: socketsTable(raw),
      notes: `${command('sockets')} WebSockets through the front door, each of which has carried a message both ways. *In use* is what V8 and its buffers hold after garbage collections, *resident* what the operating system counts for the process tree with the pages that V8 keeps for later: with the sockets less without them, after a warm-up of 50, each time in a process of its own. A socket is two connections, to the browser and to the upstream. With as many sessions as sockets the logout is one *everywhere*. The store is asked every 400 ms which sessions have ended: that is the CPU while idle, and most of the wait.`,
    };
  },
  async refresh() {
    const raw = await refreshes(
      isSmoke ? [1, 100] : [1, 100, 1000, 10_000, 100_000],
      isSmoke ? 2 : rounds * 12,
    );
    return {
      title: '### Refreshes',
      raw,
      markdown: refreshTable(raw),
      notes: `${command('refresh')} A refresh of a session that the store has not met yet, by the coordinator itself, with an issuer in the process that grants at once: looks, lease, commit, with their round trips to a Redis on the same machine. The session file is measured among the [stores](#stores).`,
    };
  },
  async records() {
    const raw = memory(isSmoke ? 1 : 3);
    return {
      title: '### Sessions in memory',
      raw,
      markdown: memoryTable(raw),
      notes: `${command('records')} The heap of \`SESSION_STORE=memory\`, after garbage collections. A session that was never refreshed has no record.`,
    };
  },
  async queue() {
    const raw = queue(isSmoke ? 1 : rounds);
    return {
      title: '### Requests in the queue of the engine',
      raw,
      markdown: queueTable(raw),
      notes: `${command('queue')} Requests of one page that wait for its refresh.`,
    };
  },
};

leaveNobody();
await ensureBuild();
for (const [name, measure] of Object.entries(PARTS))
  if (only === '' || only.split(',').includes(name))
    report(`growth-${name}`, {
      packages: ['next', 'undici', 'redis', 'axios', 'ws'],
      ...(await measure()),
    });
process.exit(0);
