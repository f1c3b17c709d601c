import { element } from "./element.ts";
import type { Gains } from "./state-space.ts";
import { predict } from "./state-space.ts";

/** How quickly a surprise stops counting with its distance, minutes. */
const TAU = 30;
/** As many minutes that are as the model says are always taken for granted. */
const PRIOR_MINUTES = 20;
/** A single minute's squared surprise counts no more than this: three deviations. */
const MOST = 9;

/** A series in units of its own restlessness, which the model knows nothing of: `scale` is by what each minute was divided. */
export type Steadied = Readonly<{ series: Float64Array; scale: Float64Array }>;

/**
 * Divides each minute by how much wilder (above 1) or calmer its neighbourhood is than hour and activity say: the root of
 * the exponentially weighted mean of squared standardised prediction errors of the measured minutes on both sides, drawn
 * towards 1 where they are few or far, so deep inside a gap (a two-sided form of exponentially weighted volatility,
 * RiskMetrics 1996). The scaled series has the model's covariance; a result times `scale` is in the residual's unit again.
 */
export function steady(gains: Gains, series: Float64Array): Steadied {
  const { measured, predictionVariance } = gains;
  const { errors } = predict(gains, series);
  const squares = errors.map((error, t) =>
    Math.min(MOST, (error * error) / element(predictionVariance, t)),
  );
  const backwards = { squares: squares.slice().reverse(), measured: measured.slice().reverse() };
  const before = weigh(squares, measured);
  const after = weigh(backwards.squares, backwards.measured);
  const last = series.length - 1;
  const scale = series.map((_, t) => {
    const sum = element(before.sums, t) + element(after.sums, last - t);
    const count = element(before.counts, t) + element(after.counts, last - t);
    return Math.sqrt((PRIOR_MINUTES + sum) / (PRIOR_MINUTES + count));
  });
  return { series: series.map((value, t) => value / element(scale, t)), scale };
}

/** Weighted sum and number of the squares before each minute; a minute says nothing of itself. */
function weigh(squares: Float64Array, measured: Uint8Array) {
  const keep = Math.exp(-1 / TAU);
  const sums = new Float64Array(squares.length);
  const counts = new Float64Array(squares.length);
  for (let t = 1; t < squares.length; t++) {
    const seen = measured[t - 1] === 1;
    sums[t] = keep * (element(sums, t - 1) + (seen ? element(squares, t - 1) : 0));
    counts[t] = keep * (element(counts, t - 1) + (seen ? 1 : 0));
  }
  return { sums, counts };
}
