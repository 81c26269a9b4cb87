import { burst, burstTable } from './engine/burst.ts';
import { correctness } from './engine/correctness.ts';
import { adapterGround, socketGround } from './engine/instances.ts';
import { overhead, overheadTable } from './engine/overhead.ts';
import { sizes, sizeTable } from './engine/size.ts';
import { saveResults, setting, writeSection } from './lib/report.ts';

const only = process.env['BENCH_ONLY'] ?? '';
const wants = (name: string) => only === '' || only.split(',').includes(name);
const say = (markdown: string) => (console.log(`\n${markdown}`), markdown);

const sections: string[] = [];
const results: Record<string, unknown> = {};

if (wants('correctness')) {
  const played = await correctness();
  results['correctness'] = played.results;
  sections.push('### Side by side', played.markdown);
}

const [socket, adapter] = [await socketGround(), adapterGround()];
if (wants('overhead')) {
  const measured = [
    await overhead(socket, { requests: 20, rounds: 400 }),
    await overhead(adapter, { requests: 100, rounds: 800 }),
  ];
  results['overhead'] = measured;
  sections.push('### Overhead', say(overheadTable(measured)));
}
if (wants('burst')) {
  const measured = [
    await burst(socket, { 1: 100, 10: 60, 100: 30, 1000: 7, 10000: 3 }),
    await burst(adapter, { 1: 200, 10: 100, 100: 60, 1000: 20, 10000: 5 }),
  ];
  results['burst'] = measured;
  const foot =
    'The ideal is the same instance without the engine: every request fails, one refresh, every request succeeds. The engine may be faster than that: its replay hands the finished request to the adapter again, without another run through axios’ interceptors, merging and transforms; and over the socket its refresh need not wait for the last 401.';
  sections.push('### Burst of 401s', say(burstTable(measured)), foot);
}
socket.close();
if (wants('size')) {
  const measured = await sizes();
  results['sizes'] = measured;
  sections.push('### Size', say(sizeTable(measured)));
}

saveResults(`engine${only && `-${only}`}`, results);
if (only === '') {
  const peers = [
    'axios',
    'axios-auth-refresh',
    '@reduxjs/toolkit',
    'async-mutex',
    'alova',
    '@alova/adapter-axios',
    '@urql/core',
    '@urql/exchange-auth',
  ];
  writeSection('engine', ['## The engine', setting(...peers), ...sections].join('\n\n'));
}
process.exit(0);
