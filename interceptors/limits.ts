import type { Limits } from './reauthOptions.ts';

/**
 * Completes the limits with their defaults.
 *
 * @throws {RangeError} where one is no number or negative, or no timer can hold `refreshMs`
 */
export function checkedLimits(given: Partial<Limits> = {}): Limits {
  const { queue = 1000, refreshMs = 30_000, lockMs = 5_000 } = given;
  const limits = { queue, refreshMs, lockMs };
  if (![queue, refreshMs, lockMs].every((limit) => Math.abs(limit) === limit) || refreshMs >= 2 ** 31)
    throw new RangeError(JSON.stringify(limits));
  return limits;
}
