import { drawPath } from "./draws.ts";
import type { Path } from "./linear.ts";
import { at, countMeasured } from "./minutes.ts";
import type { Random } from "./random.ts";
import type { Stretch } from "./smoother.ts";
import { smoothedMean, smoothedVariance } from "./smoother.ts";
import type { Gains, StateSpace } from "./state-space.ts";
import { kalmanGains, sliceStateSpace } from "./state-space.ts";
import { steady } from "./volatility.ts";

/** Beyond half a day nothing is remembered that the profile does not say. */
const CONTEXT_MINUTES = 720;

/** `series` is steadied: what is said of it is to be multiplied by `scale`, one value a minute of the stretch. */
type Window = Readonly<{
  gains: Gains;
  series: Float64Array;
  stretch: Stretch;
  scale: Float64Array;
}>;

/** Mean and deviation of the residual over a stretch, from 12 hours on either side. Throws where nothing is measured there. */
export function smoothWindow(residual: Float64Array, model: StateSpace, stretch: Stretch): Path {
  const window = openWindow(residual, model, stretch);
  const { gains, series, scale } = window;
  const scaled = (value: number, i: number) => value * at(scale, i);
  return {
    mean: smoothedMean(gains, series, window.stretch).map(scaled),
    deviation: smoothedVariance(gains, window.stretch).map(Math.sqrt).map(scaled),
  };
}

/** Paths of the residual over a stretch that look like the signal; as many as asked for, from one seed. */
export function drawWindow(
  residual: Float64Array,
  model: StateSpace,
  stretch: Stretch,
  draws: Readonly<{ count: number; random: Random }>,
): Float64Array[] {
  const window = openWindow(residual, model, stretch);
  return Array.from({ length: draws.count }, () =>
    drawPath(window.gains, window.series, window.stretch, draws.random).map(
      (value, i) => value * at(window.scale, i),
    ),
  );
}

function openWindow(residual: Float64Array, model: StateSpace, { from, to }: Stretch): Window {
  const start = Math.max(0, from - CONTEXT_MINUTES);
  const series = residual.slice(start, to + CONTEXT_MINUTES);
  series.fill(Number.NaN, from - start, to - start);
  if (countMeasured(series, 0, series.length) === 0)
    throw new Error("nothing comparable was measured within 12 hours");
  const measured = Uint8Array.from(series, (value) => (Number.isNaN(value) ? 0 : 1));
  const gains = kalmanGains(sliceStateSpace(model, start, start + series.length), measured);
  const steadied = steady(gains, series);
  return {
    gains,
    series: steadied.series,
    stretch: { from: from - start, to: to - start },
    scale: steadied.scale.subarray(from - start, to - start),
  };
}
