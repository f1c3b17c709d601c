import { element } from "./element.ts";
import type { Gains } from "./state-space.ts";
import { innovations } from "./state-space.ts";

/** Indices `[from, to)` of the minutes asked for. */
export type Stretch = Readonly<{ from: number; to: number }>;

/**
 * Mean of each minute of a stretch given every measured minute on both sides: the fixed-interval smoother of de Jong 1989
 * (J. Am. Stat. Assoc. 84:1085; Durbin & Koopman 2012, §4.4), which needs no inverse. The gains must keep covariances.
 */
export function smoothedMean(gains: Gains, series: Float64Array, stretch: Stretch): Float64Array {
  const { model, measured, predictionVariance, gain } = gains;
  const { states, decay } = model;
  const errors = innovations(gains, series);
  const filtered = predictedStates(gains, errors, stretch);
  const means = new Float64Array(stretch.to - stretch.from);
  const weight = new Float64Array(states);
  for (let t = series.length - 1; t >= stretch.from; t--) {
    for (let k = 0; k < states; k++) weight[k] = element(weight, k) * element(decay, k);
    if (measured[t] === 1) {
      const news =
        element(errors, t) / element(predictionVariance, t) - dot(gain, t * states, weight, states);
      for (let k = 0; k < states; k++) weight[k] = element(weight, k) + news;
    }
    if (t < stretch.to)
      means[t - stretch.from] =
        element(filtered, t - stretch.from) + dot(rowSumsAt(gains, t), 0, weight, states);
  }
  return means;
}

/** Variance of a measurement in each minute of the stretch, nugget included: what an interval must cover. */
export function smoothedVariance(gains: Gains, stretch: Stretch): Float64Array {
  const { model, measured } = gains;
  const { states, decay } = model;
  const variances = new Float64Array(stretch.to - stretch.from);
  const information = new Float64Array(states * states);
  for (let t = measured.length - 1; t >= stretch.from; t--) {
    for (let cell = 0; cell < states * states; cell++)
      information[cell] =
        element(information, cell) *
        element(decay, Math.trunc(cell / states)) *
        element(decay, cell % states);
    if (measured[t] === 1) addInformation(information, gains, t);
    if (t < stretch.to) {
      const rows = rowSumsAt(gains, t);
      const known = dot(rows, 0, times(information, rows), states);
      variances[t - stretch.from] = element(gains.predictionVariance, t) - known;
    }
  }
  return variances;
}

/** Σ of the predicted states a(t) over the stretch, from what lies before it. */
function predictedStates(gains: Gains, errors: Float64Array, { from, to }: Stretch): Float64Array {
  const { model, measured, gain } = gains;
  const state = new Float64Array(model.states);
  const sums = new Float64Array(to - from);
  for (let t = 0; t < to; t++) {
    if (t >= from) sums[t - from] = state.reduce((total, value) => total + value, 0);
    const error = measured[t] === 1 ? element(errors, t) : 0;
    for (let k = 0; k < model.states; k++)
      state[k] =
        element(model.decay, k) * (element(state, k) + element(gain, t * model.states + k) * error);
  }
  return sums;
}

/** N ← 1·1′/F + L′·N·L with L = I − K·1′. */
function addInformation(information: Float64Array, gains: Gains, t: number): void {
  const { states } = gains.model;
  const gain = gains.gain.subarray(t * states, (t + 1) * states);
  const product = times(information, gain);
  const constant = 1 / element(gains.predictionVariance, t) + dot(gain, 0, product, states);
  for (let cell = 0; cell < states * states; cell++)
    information[cell] =
      element(information, cell) +
      constant -
      element(product, Math.trunc(cell / states)) -
      element(product, cell % states);
}

/** P(t)·1. */
function rowSumsAt({ model: { states }, covariance }: Gains, t: number): Float64Array {
  if (covariance === null) throw new TypeError("Gains without covariances cannot be smoothed");
  const sums = new Float64Array(states);
  for (let cell = 0; cell < states * states; cell++) {
    const row = Math.trunc(cell / states);
    sums[row] = element(sums, row) + element(covariance, t * states * states + cell);
  }
  return sums;
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, row) => dot(matrix, row * n, vector, n));
}

function dot(left: Float64Array, offset: number, right: Float64Array, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += element(left, offset + k) * element(right, k);
  return sum;
}
