import { at, nearestMeasured } from "./minutes.ts";
import type { Stretch } from "./smoother.ts";

/** Values and their standard deviation, minute by minute; in whatever unit the series has. */
export type Path = Readonly<{ mean: Float64Array; deviation: Float64Array }>;

/** How far around the gap the minute-to-minute variance is taken from. */
const CONTEXT_MINUTES = 720;

/**
 * The straight line between the nearest measured minutes; its deviation is that of a Brownian bridge whose step variance
 * is the mean squared minute-to-minute change of the 12 hours on either side. Null where a side has no measurement.
 */
export function straightLine(series: Float64Array, { from, to }: Stretch): Path | null {
  const left = nearestMeasured(series, from - 1, -1);
  const right = nearestMeasured(series, to, 1);
  if (left < 0 || right < 0) return null;
  const rate = stepVariance(series, from - CONTEXT_MINUTES, to + CONTEXT_MINUTES);
  const share = Float64Array.from(
    { length: to - from },
    (_, i) => (from + i - left) / (right - left),
  );
  return {
    mean: share.map((s) => at(series, left) + (at(series, right) - at(series, left)) * s),
    deviation: share.map((s) => Math.sqrt(rate * (right - left) * s * (1 - s))),
  };
}

function stepVariance(series: Float64Array, from: number, to: number): number {
  let sum = 0;
  let pairs = 0;
  for (let t = Math.max(1, from); t < Math.min(series.length, to); t++) {
    const step = at(series, t) - at(series, t - 1);
    if (Number.isNaN(step)) continue;
    sum += step * step;
    pairs++;
  }
  return pairs === 0 ? 0 : sum / pairs;
}
