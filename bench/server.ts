import { saveResults, setting, writeSection } from './lib/report.ts';
import { buildApp, startApp } from './server/app.ts';
import { memory, memoryTable } from './server/memory.ts';
import { proxyLoad, proxyTable } from './server/proxy.ts';
import { unseal, unsealTable } from './server/unseal.ts';

const only = process.env['BENCH_ONLY'] ?? '';
const wants = (name: string) => only === '' || only.split(',').includes(name);
const say = (markdown: string) => (console.log(`\n${markdown}`), markdown);

const sections: string[] = [];
const results: Record<string, unknown> = {};

if (wants('proxy')) {
  buildApp();
  const app = await startApp();
  try {
    const plan = { connections: [1, 50, 200], rounds: 6, seconds: Number(process.env['BENCH_SECONDS'] ?? 2) };
    const measured = await proxyLoad(app, plan);
    results['proxy'] = measured;
    const foot =
      'One production build of `bench/app`, whose proxy, login and refresh are the app’s own routes. *Without a session* is the same route with seal and record replaced by constants; the *pass-through* has no guard, no rules for headers, no metrics; the *bare route* answers the same JSON and calls no one. The load generator (autocannon) and the upstream are processes of their own on the same machine. CPU is what the app’s process used: it counts less who else is on the machine.';
    sections.push('### The proxy', say(proxyTable(measured)), foot);
  } finally {
    app.stop();
  }
}
if (wants('unseal')) {
  const measured = await unseal(60);
  results['unseal'] = measured;
  sections.push('### Opening a session', say(unsealTable(measured)));
}
if (wants('memory')) {
  const measured = memory(3);
  results['memory'] = measured;
  sections.push('### Memory', say(memoryTable(measured)));
}

saveResults(`server${only && `-${only}`}`, results);
if (only === '') {
  const packages = ['next', 'iron-session', 'undici', 'jose', 'autocannon'];
  writeSection('server', ['## The server', setting(...packages), ...sections].join('\n\n'));
}
process.exit(0);
