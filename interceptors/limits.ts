import type { Limits } from './reauthOptions.ts';

const DEFAULTS: Limits = { queue: 1000, refreshMs: 30_000, lockMs: 5_000 };

/**
 * Completes the limits with their defaults.
 *
 * @throws {RangeError} where one is no number, is negative, or no timer can hold it
 */
export function checkedLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Limits)[]) {
    const value = (limits[name] = given[name] ?? DEFAULTS[name]);
    if (!(Math.abs(value) === value && (value < 2 ** 31 || name === 'queue')))
      throw new RangeError(`limits.${name}: ${value}`);
  }
  return limits;
}
