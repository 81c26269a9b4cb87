import { read } from './documents.ts';

/** Each decision: its number and the first line below its heading. */
const decisions = [...read('docs/decisions.md').matchAll(/^## (\d+)\. .+\n\n(.*)$/gm)].map(
  ([, number = '', status = '']) => ({ number: Number(number), status }),
);
const numbers = decisions.map(({ number }) => number);

test('every decision has a number of its own', () => {
  expect(numbers.length).toBeGreaterThan(90);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('every decision says below its heading whether it is accepted or superseded', () => {
  const status = /^Status: (accepted|accepted, amended by [\d, and]+|superseded by [\d, and]+)\.$/;
  expect(decisions.filter((decision) => !status.test(decision.status))).toEqual([]);
});

test('a decision is superseded or amended by later decisions that exist', () => {
  for (const { number, status } of decisions)
    for (const [named] of status.matchAll(/\d+/g)) {
      expect(numbers).toContain(Number(named));
      expect(Number(named)).toBeGreaterThan(number);
    }
});
