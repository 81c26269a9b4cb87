import { concurrency, concurrencyTable } from './growth/concurrency.ts';
import { queue, queueTable } from './growth/queue.ts';
import { refreshes, refreshTable } from './growth/refresh.ts';
import { uploads, uploadTable } from './growth/upload.ts';
import { saveResults, setting, writeSection } from './lib/report.ts';
import { buildApp, startApp } from './server/app.ts';

const only = process.env['BENCH_ONLY'] ?? '';
const wants = (name: string) => only === '' || only.split(',').includes(name);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 3);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

const sections: string[] = [];
const results: Record<string, unknown> = {};
function part(name: string, title: string, measured: unknown, ...markdown: readonly string[]): void {
  results[name] = measured;
  sections.push(title, ...markdown);
  console.log(`\n${markdown.join('\n\n')}`);
}

if (wants('concurrency') || wants('upload')) {
  buildApp();
  const app = await startApp();
  try {
    if (wants('concurrency')) {
      const measured = await concurrency(app, { connections: [1, 10, 100, 1000], rounds, seconds });
      const foot =
        'Each connection sends its next request when the last was answered. The pass-through is that of the server’s tables.';
      part('concurrency', '### Requests at once', measured, concurrencyTable(measured), foot);
    }
    if (wants('upload')) {
      const measured = await uploads(app, [1, 16, 64, 256], rounds);
      const foot =
        'One upload at a time, after one of 64 MB through each way; the memory is what the operating system counts for the app’s process, looked at every 10 ms. The pass-through is undici with the request as its body.';
      part('upload', '### Uploads', measured, uploadTable(measured), foot);
    }
  } finally {
    app.stop();
  }
}
if (wants('refresh')) {
  const measured = await refreshes([1, 100, 1000, 10_000, 100_000], rounds * 12);
  const foot =
    'A refresh of a session that the store has not met yet, by the coordinator itself, with an issuer in the process that grants at once: looks, lease, commit, with their round trips to a Redis on the same machine.';
  part('refresh', '### Refreshes', measured, refreshTable(measured), foot);
}
if (wants('queue')) {
  const measured = queue(rounds);
  part('queue', '### Requests in the queue', measured, queueTable(measured));
}
saveResults(`growth${only && `-${only}`}`, results);
if (only === '') {
  const packages = ['next', 'undici', 'redis', 'axios', 'autocannon'];
  writeSection('growth', ['## Growth', setting(...packages), ...sections].join('\n\n'));
}
process.exit(0);
