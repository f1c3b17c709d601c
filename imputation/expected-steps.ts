import type { GapCause } from "./gap-cause.ts";
import type { Gap, Minutes } from "./minutes.ts";
import { at, countMeasured } from "./minutes.ts";

/** Steps that were probably walked in a gap, with the interval that holds 95 % of other days. */
export type ExpectedSteps = Readonly<{
  total: number;
  lower: number;
  upper: number;
  /** Other days it rests on. */
  days: number;
}>;

/** Other days needed before a total may be expected. */
const LEAST_DAYS = 5;
/** Over longer gaps other days say too little. */
const LONGEST_MINUTES = 120;
/** Share of a window's minutes with a pulse that makes it worn. */
const WORN_SHARE = 0.8;

/** Causes after which nobody knows whether steps were walked: neither was the device off, nor may its count still come. */
const STEPS_LOST: readonly GapCause[] = ["short_unknown", "device_memory_exceeded"];

/**
 * Carries the cumulative step counter of a local day through a gap: it stands still and adds no step. Carrying the last
 * *minute* forward would invent thousands. `countBefore` is the day's counter at the gap's start; one value a minute.
 */
export function carrySteps(countBefore: number, lengthMinutes: number): Float64Array {
  return new Float64Array(lengthMinutes).fill(countBefore);
}

/**
 * What was probably walked in a gap whose own steps are lost, from the same time of other days on which it was worn and
 * counted: their mean, and their 2.5 % and 97.5 % quantiles, widened to the largest and smallest where there are fewer
 * than 40. It stands beside the day's count, which is then "at least", and is never added to it. Null where the steps are
 * known, were not walked with the device, may still come, or too few days speak for it.
 */
export function expectSteps(
  { heartRate, steps, minuteOfDay }: Minutes,
  { start, length, cause }: Gap,
): ExpectedSteps | null {
  const counted = steps.subarray(start, start + length).some((count) => count > 0);
  if (counted || length > LONGEST_MINUTES || !STEPS_LOST.includes(cause)) return null;
  const totals: number[] = [];
  for (let from = 0; from + length <= steps.length; from++) {
    if (minuteOfDay[from] !== minuteOfDay[start] || from === start) continue;
    const total = steps.subarray(from, from + length).reduce((sum, count) => sum + count, 0);
    const worn = countMeasured(heartRate, from, from + length) >= WORN_SHARE * length;
    if (worn && !Number.isNaN(total)) totals.push(total);
  }
  return summarise(Float64Array.from(totals).sort());
}

function summarise(sorted: Float64Array): ExpectedSteps | null {
  if (sorted.length < LEAST_DAYS) return null;
  const rank = Math.floor(0.025 * sorted.length);
  return {
    total: sorted.reduce((sum, steps) => sum + steps, 0) / sorted.length,
    lower: at(sorted, rank),
    upper: at(sorted, sorted.length - 1 - rank),
    days: sorted.length,
  };
}
