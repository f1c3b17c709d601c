import type { Path } from "./linear.ts";
import { at } from "./minutes.ts";
import type { Stretch } from "./smoother.ts";

/** Orders (p, d, q) that may be asked of `arima`: the ones whose failures are known (docs/imputation.md). */
export const ARIMA_ORDERS = ["2,1,2", "1,1,1", "1,0,1"] as const;
export type ArimaOrder = (typeof ARIMA_ORDERS)[number];

/**
 * Forecasts `length` values after `history` (oldest first, all finite): their means and variances. Throws what it refuses.
 * Made by activities/arima.ts, which holds the guards; this folder only says what is asked.
 */
export type Forecaster = (
  history: Float64Array,
  length: number,
  order: ArimaOrder,
) => Readonly<{ mean: Float64Array; variance: Float64Array }>;

/**
 * Histories are at most eight hours, and end at a hole longer than this; shorter ones carry the value before. Minutes. A day
 * would cost three times the time of a fit, and a fit is most of what a night's back-test costs.
 */
const LONGEST_HISTORY = 480;
const LONGEST_HOLE = 15;

/** Forward from the left only: for the live edge, where nothing lies to the right yet. */
export function forecastForward(
  residual: Float64Array,
  { from, to }: Stretch,
  forecaster: Forecaster,
): Path {
  const { mean, variance } = forecaster(history(residual, from - 1, -1), to - from, "2,1,2");
  return { mean, deviation: variance.map(Math.sqrt) };
}

/**
 * Forward from the left and backward from the right, blended by inverse variance. Right for d = 1, whose forecast variance
 * grows without limit; a stationary order would count its prior mean twice and would need 1/v = 1/v₁ + 1/v₂ − 1/v₀.
 */
export function forecastTwoSided(
  residual: Float64Array,
  { from, to }: Stretch,
  forecaster: Forecaster,
): Path {
  const length = to - from;
  const left = forecaster(history(residual, from - 1, -1), length, "2,1,2");
  const right = forecaster(history(residual, to, 1), length, "2,1,2");
  const variance = left.variance.map(
    (v, i) => 1 / (1 / v + 1 / at(right.variance, length - 1 - i)),
  );
  const mean = variance.map(
    (v, i) =>
      v *
      (at(left.mean, i) / at(left.variance, i) +
        at(right.mean, length - 1 - i) / at(right.variance, length - 1 - i)),
  );
  return { mean, deviation: variance.map(Math.sqrt) };
}

/** What lies on one side of a gap, ordered towards it, from the last usable value back; holes carry the older value. */
function history(residual: Float64Array, start: number, direction: -1 | 1): Float64Array {
  const values: number[] = [];
  let hole = 0;
  for (
    let t = start;
    t >= 0 && t < residual.length && values.length < LONGEST_HISTORY;
    t += direction
  ) {
    const value = at(residual, t);
    hole = Number.isNaN(value) ? hole + 1 : 0;
    if (hole > LONGEST_HOLE) break;
    values.push(value);
  }
  while (Number.isNaN(values.at(-1) ?? 0)) values.pop();
  return carryForward(Float64Array.from(values).reverse());
}

function carryForward(values: Float64Array): Float64Array {
  let last = at(values, 0);
  return values.map((value) => {
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}
