import type { GapCause } from "./gap-cause.ts";

/**
 * One participant's consecutive minutes, oldest first. The arrays are equally long; the caller keeps the time of index 0.
 */
export type Minutes = Readonly<{
  /** Beats a minute; NaN where there is no measurement. */
  heartRate: Float64Array;
  /** Steps in the minute; NaN where no step export covers it. A zero is a zero only while the device is worn. */
  steps: Float64Array;
  /** Minute of the participant's local day, 0 to 1439: a day may have 23 or 25 hours. */
  minuteOfDay: Uint16Array;
}>;

/** A missing stretch: index of its first minute, its length in minutes, and its cause. */
export type Gap = Readonly<{ start: number; length: number; cause: GapCause }>;

/** The value at an index; NaN outside, which is what "missing" is everywhere here. */
export function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}

export function isMissing(value: number): boolean {
  return Number.isNaN(value);
}

/** A copy in which a stretch is missing. */
export function mask(values: Float64Array, start: number, length: number): Float64Array {
  return values.slice().fill(Number.NaN, start, start + length);
}

/** Number of measured values in `[from, to)`. */
export function countMeasured(values: Float64Array, from: number, to: number): number {
  let count = 0;
  for (let i = Math.max(0, from); i < Math.min(values.length, to); i++)
    if (!Number.isNaN(at(values, i))) count++;
  return count;
}

/** Index of the nearest measured value in a direction (−1 or 1), `start` included; −1 where there is none. */
export function nearestMeasured(values: Float64Array, start: number, direction: -1 | 1): number {
  for (let i = start; i >= 0 && i < values.length; i += direction)
    if (!Number.isNaN(at(values, i))) return i;
  return -1;
}
