import type { GapCause } from "../imputation/gap-cause.ts";
import { at, countMeasured } from "../imputation/minutes.ts";

const DAY = 1440;
/** Windows of other days at the same time of day, shifted by up to an hour, are what a person usually does then. */
const SHIFTS = [-60, -30, 0, 30, 60] as const;

/** Three to one: an invented pulse costs a trial more than an empty minute. */
const LEAST_ODDS = 3;

type Series = Readonly<{ heartRate: Float64Array; steps: Float64Array }>;
type Stretch = Readonly<{ start: number; length: number }>;

/**
 * The cause of a gap from nothing but the record around it, since the benchmark's files name none: what the ledger does for
 * the product, in small. A step proves wear. Without one the odds of wear are those of this person's other days at this
 * time, given wear on both sides, times how often a worn stretch like this one has no step, times what the edges show: a tracker that was taken off
 * starts again with its placeholder. The length itself is no evidence.
 */
export function judgeWear(series: Series, gap: Stretch): GapCause {
  const inside = series.steps.subarray(gap.start, gap.start + gap.length);
  if (inside.some((count) => count > 0)) return "sensor_dropout";
  const odds =
    habitOdds(series, gap) *
    (inside.every((count) => count === 0) ? quietShare(series, gap) : 1) *
    placeholderFactor(series, gap);
  return odds >= LEAST_ODDS ? "sensor_dropout" : "not_worn";
}

/** Odds that a device worn before and after is worn between, at this time of day: other days' windows like it against the rest. */
function habitOdds({ heartRate }: Series, gap: Stretch): number {
  const beside = (start: number) => countMeasured(heartRate, start, start + 5) > 0;
  const windows = otherDays(heartRate.length, gap).filter(
    ({ start, length }) => beside(start - 5) && beside(start + length),
  );
  const worn = windows.filter(({ start, length }) => isWorn(heartRate, start, length)).length;
  return (worn + 0.5) / (windows.length - worn + 0.5);
}

/** Share of worn windows at this time of day without any step; of none half. */
function quietShare({ heartRate, steps }: Series, gap: Stretch): number {
  const worn = otherDays(heartRate.length, gap).filter(
    ({ start, length }) =>
      isWorn(heartRate, start, length) &&
      steps.subarray(start, start + length).every((count) => !Number.isNaN(count)),
  );
  const quiet = worn.filter(({ start, length }) =>
    steps.subarray(start, start + length).every((count) => count === 0),
  );
  return (quiet.length + 0.5) / (worn.length + 1);
}

/** An exact 70 in the first minute after: seen after every third to second real non-wear, else in 1 of 100 minutes. */
function placeholderFactor({ heartRate }: Series, { start, length }: Stretch): number {
  return at(heartRate, start + length) === 70 ? 1 / 40 : 1;
}

function otherDays(minutes: number, { start, length }: Stretch): Stretch[] {
  const windows: Stretch[] = [];
  for (let day = -60; day <= 60; day++)
    for (const shift of SHIFTS) {
      const from = start + day * DAY + shift;
      const overlaps = Math.abs(from - start) < length + 60;
      if (from >= 0 && from + length <= minutes && !overlaps) windows.push({ start: from, length });
    }
  return windows;
}

function isWorn(heartRate: Float64Array, start: number, length: number): boolean {
  return countMeasured(heartRate, start, start + length) >= 0.8 * length;
}
