import { at, isMissing } from "./minutes.ts";

const DAY = 1440;
/** Distance of the profile's knots, and how far around a knot values count: minutes. */
const KNOT = 10;
const REACH = 20;
/** A knot's median weighs as its number of values against so many at the overall median. */
const SHRINK = 60;

/**
 * A person's usual value by local time of day, one for each of 1,440 minutes: the median of all days' values within
 * ±20 minutes, drawn towards the overall median where there are few, and straight between knots 10 minutes apart.
 * A median, because a run at noon on one day says nothing about noon. Throws where nothing was measured.
 */
export function dailyProfile(values: Float64Array, minuteOfDay: Uint16Array): Float64Array {
  const byMinute: number[][] = Array.from({ length: DAY }, () => []);
  const all: number[] = [];
  values.forEach((value, i) => {
    if (isMissing(value)) return;
    byMinute[minuteOfDay[i] ?? 0]?.push(value);
    all.push(value);
  });
  if (all.length === 0) throw new RangeError("A daily profile needs measured values");
  const overall = median(all);
  const knots = new Float64Array(DAY / KNOT);
  for (let k = 0; k < knots.length; k++) knots[k] = knotAt(byMinute, k * KNOT, overall);
  return between(knots);
}

function knotAt(byMinute: readonly number[][], minute: number, overall: number): number {
  const near: number[] = [];
  for (let shift = -REACH; shift <= REACH; shift++)
    near.push(...(byMinute[(minute + shift + DAY) % DAY] ?? []));
  if (near.length === 0) return overall;
  return (median(near) * near.length + overall * SHRINK) / (near.length + SHRINK);
}

/** The day is a circle: after the last knot comes the first. */
function between(knots: Float64Array): Float64Array {
  const profile = new Float64Array(DAY);
  for (let minute = 0; minute < DAY; minute++) {
    const knot = Math.floor(minute / KNOT);
    const share = (minute % KNOT) / KNOT;
    profile[minute] = at(knots, knot) * (1 - share) + at(knots, (knot + 1) % knots.length) * share;
  }
  return profile;
}

/** The middle value; of an even number the mean of the two in the middle. NaN of nothing. */
function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return at(sorted, middle);
  return (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}
