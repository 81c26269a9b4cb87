/** A measure with its spread. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function summary(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, runs: sorted.length };
}

/** The values without the outermost tenth on either side: one hiccup of the machine is no property of the code. */
export function trimmed(values: readonly number[]): number[] {
  const cut = Math.floor(values.length / 10);
  return values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
}

export const number = (value: number, digits = 2): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `1.02 (0.98–1.10)` */
export const spread = ({ median, min, max }: Summary, digits = 2): string =>
  `${number(median, digits)} (${number(min, digits)}–${number(max, digits)})`;

/** Takes turns between several pieces of work, each round in another order, so that a slow moment hits all alike. */
export async function interleave<K extends string>(
  work: Readonly<Record<K, () => Promise<number>>>,
  rounds: number,
): Promise<Record<K, number[]>> {
  const names = Object.keys(work) as K[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    const shift = round % names.length;
    const turn = [...names.slice(shift), ...names.slice(0, shift)];
    if (round % 2 === 1) turn.reverse();
    for (const name of turn) measured[name].push(await work[name]());
  }
  return measured;
}

/** The ratios of what was measured in the same round. */
export function ratios(over: readonly number[], under: readonly number[]): number[] {
  return over.map((value, index) => value / under[index]!);
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
