/** A measure with its spread: the middle half, and the outermost. */
export interface Summary {
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function summary(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const index = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(index)]!, sorted[Math.ceil(index)]!];
    return low + (high - low) * (index - Math.floor(index));
  };
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)], min: at(0), max: at(1), runs: sorted.length };
}

export const number = (value: number, digits = 2): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `1.02 [1.01–1.04] (0.98–1.10)`: median, middle half, smallest and largest. */
export function spread({ median, quartiles: [low, high], min, max }: Summary, digits = 2): string {
  const range = (from: number, to: number) => `${number(from, digits)}–${number(to, digits)}`;
  return `**${number(median, digits)}** [${range(low, high)}] (${range(min, max)})`;
}

/** The order of one round: each starts with another name, every other one goes backwards. */
export function turnOf<K>(names: readonly K[], round: number): K[] {
  const shift = round % names.length;
  const turn = [...names.slice(shift), ...names.slice(0, shift)];
  return round % 2 === 1 ? turn.reverse() : turn;
}

/** Takes turns between several pieces of work, each round in another order, so that a slow moment hits all alike. */
export async function interleave<K extends string>(
  work: Readonly<Record<K, () => Promise<number>>>,
  rounds: number,
): Promise<Record<K, number[]>> {
  const names = Object.keys(work) as K[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, number[]>;
  for (let round = 0; round < rounds; round += 1)
    for (const name of turnOf(names, round)) measured[name].push(await work[name]());
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
