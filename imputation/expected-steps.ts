import { at } from "./minutes.ts";

/** Steps of a gap that must not be invented: none is added, and what is probably missing is said beside it. */
export type StepGap = Readonly<{
  /** Cumulative count of the local day through the gap: the value before it, unchanged. */
  carried: Float64Array;
  /** Steps that were probably walked, and the 95 % interval from other days; null where too few are known. */
  expected: Readonly<{ total: number; lower: number; upper: number; days: number }> | null;
}>;

/** Other days needed before a total may be expected. */
const LEAST_DAYS = 5;

/**
 * Carries the cumulative counter of a local day through a gap (a counter that stands still adds no step; carrying the last
 * *minute* forward would invent thousands), and expects a total from the same window of other days on which every minute
 * of it was worn: their mean, and their 2.5 % and 97.5 % quantiles, widened to the largest and smallest where there are
 * fewer than 40. `countBefore` is the day's counter at the gap's start; `otherDays` holds a window's total for each such day.
 */
export function imputeSteps(
  countBefore: number,
  lengthMinutes: number,
  otherDays: Float64Array,
): StepGap {
  const carried = new Float64Array(lengthMinutes).fill(countBefore);
  if (otherDays.length < LEAST_DAYS) return { carried, expected: null };
  const sorted = otherDays.slice().sort();
  const rank = Math.floor(0.025 * sorted.length);
  return {
    carried,
    expected: {
      total: sorted.reduce((sum, steps) => sum + steps, 0) / sorted.length,
      lower: at(sorted, rank),
      upper: at(sorted, sorted.length - 1 - rank),
      days: sorted.length,
    },
  };
}
