/**
 * @jest-environment node
 */
import { historyAt, shrink, tally } from './run.ts';
import { live } from './simulation.ts';
import { steppingUp } from './stepUp.ts';

const seed = Number(process.env['SEED'] ?? 20_261_123);
const runs = Number(process.env['RUNS'] ?? 300);

describe('the protocol, lived through by real server and engine', () => {
  it(`keeps every promise in ${runs} histories of faults from seed ${seed}`, async () => {
    const { broken, excused, ms } = await tally({ seed, runs });
    const allowed = [...excused].map(([name, count]) => `${count} × ${name}`).join('; ');
    console.info(`${runs} histories from seed ${seed} in ${Math.round(ms / 1000)} s; allowed: ${allowed}`);
    for (const [rule, { first, count }] of broken) {
      const history = await shrink(historyAt(seed, first), rule);
      const { lines } = await live(history, true);
      const story = [JSON.stringify(history.setup), ...(lines ?? [])].join('\n');
      throw new Error(
        `“${rule}” in ${count} of ${runs} histories, first at ${first} of seed ${seed}:\n${story}`,
      );
    }
  }, 3_600_000);

  it('keeps every promise in 100 histories of step-ups, and nothing is done twice or for another person', async () => {
    const { broken, histories } = await tally({ seed, runs: 100, emphasis: steppingUp });
    expect([histories, Object.fromEntries(broken)]).toEqual([100, {}]);
  }, 600_000);

  it('lives through the same history twice alike', async () => {
    const history = historyAt(seed, 7);
    const tell = async () =>
      (await live(history, true)).lines?.map((line) => line.replace(/(?<![\w-])[\w-]{4}(?![\w-])/g, ''));
    expect(await tell()).toEqual(await tell());
  });
});
