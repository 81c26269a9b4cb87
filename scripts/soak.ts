import { parseArgs } from 'node:util';
import { STORES } from './soak/backing.ts';
import { isUnnoticed, soak } from './soak/run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0.75' },
    people: { type: 'string', default: '20' },
    tabs: { type: 'string', default: '3' },
    ttl: { type: 'string', default: '2' },
    think: { type: 'string', default: '2' },
    restart: { type: 'string', default: '15' },
    store: { type: 'string', default: 'redis' },
    kill: { type: 'boolean', default: false },
  },
});

const store = STORES.find((one) => one === values.store);
if (!store) throw new Error(`--store must be one of ${STORES.join(', ')}`);
const options = {
  minutes: Number(values.minutes),
  people: Number(values.people),
  tabs: Number(values.tabs),
  ttlSeconds: Number(values.ttl),
  thinkSeconds: Number(values.think),
  restartEverySeconds: Number(values.restart),
  store,
  kills: values.kill,
};
console.log(
  `Soak: 3 instances over ${store}, ${options.people} people × ${options.tabs} tabs, tokens of ${options.ttlSeconds} s, ${options.minutes} min, ` +
    `every ${options.restartEverySeconds} s an instance is ${values.kill ? 'killed' : 'restarted'} or the store disturbed, ` +
    '10 % issuer faults, 1 % of connections cut.',
);
const report = await soak(options, (line) => console.log(`  ${line}`));
console.log(JSON.stringify(report, null, 2));
console.log(isUnnoticed(report) ? 'No person noticed anything.' : 'Something was noticed: see `harm`.');
process.exit(isUnnoticed(report) ? 0 : 1);
