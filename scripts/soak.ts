import { parseArgs } from 'node:util';
import { isUnnoticed, soak } from './soak/run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0.75' },
    people: { type: 'string', default: '20' },
    tabs: { type: 'string', default: '3' },
    ttl: { type: 'string', default: '2' },
    think: { type: 'string', default: '2' },
    restart: { type: 'string', default: '15' },
  },
});

const options = {
  minutes: Number(values.minutes),
  people: Number(values.people),
  tabs: Number(values.tabs),
  ttlSeconds: Number(values.ttl),
  thinkSeconds: Number(values.think),
  restartEverySeconds: Number(values.restart),
};
console.log(
  `Soak: 3 instances, ${options.people} people × ${options.tabs} tabs, tokens of ${options.ttlSeconds} s, ${options.minutes} min, ` +
    `one instance restarted every ${options.restartEverySeconds} s, 10 % issuer faults, 1 % of connections cut.`,
);
const report = await soak(options, (line) => console.log(`  ${line}`));
console.log(JSON.stringify(report, null, 2));
console.log(isUnnoticed(report) ? 'Nobody noticed anything.' : 'Somebody noticed something.');
process.exit(isUnnoticed(report) ? 0 : 1);
