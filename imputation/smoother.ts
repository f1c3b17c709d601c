import { element } from "./element.ts";
import type { Gains } from "./state-space.ts";
import { predict } from "./state-space.ts";

/** Indices `[from, to)` of the minutes asked for. */
export type Stretch = Readonly<{ from: number; to: number }>;

/**
 * Mean of each missing minute of a stretch given every measured minute on both sides: the fixed-interval smoother of de Jong
 * 1989 (J. Am. Stat. Assoc. 84:1085; Durbin & Koopman 2012, §4.4), which needs no inverse. With F the variance of a minute's
 * prediction and K its gain, F·K is its covariance with the next state, through which alone the future speaks: the mean is
 * the prediction plus F·K′·r, r the news of the future. Minutes of the stretch that are measured keep their value.
 */
export function smoothedMean(gains: Gains, series: Float64Array, stretch: Stretch): Float64Array {
  const { model, measured, predictionVariance, gain } = gains;
  const { states, decay, loading } = model;
  const { predicted, errors } = predict(gains, series);
  const means = series.slice(stretch.from, stretch.to);
  const news = new Float64Array(states);
  for (let t = series.length - 1; t >= stretch.from; t--) {
    const heard = dot(gain, t * states, news);
    const seen = measured[t] === 1;
    if (!seen && t < stretch.to)
      means[t - stretch.from] = element(predicted, t) + element(predictionVariance, t) * heard;
    const own = seen ? element(errors, t) / element(predictionVariance, t) - heard : 0;
    const row = (model.row[t] ?? 0) * states;
    for (let k = 0; k < states; k++)
      news[k] = element(decay, k) * element(news, k) + own * element(loading, row + k);
  }
  return means;
}

/** Variance of a measurement in each missing minute of the stretch: what an interval must cover. 0 where one is measured. */
export function smoothedVariance(gains: Gains, stretch: Stretch): Float64Array {
  const { model, measured, predictionVariance, gain } = gains;
  const { states } = model;
  const variances = new Float64Array(stretch.to - stretch.from);
  const information = new Float64Array(states * states);
  const product = new Float64Array(states);
  for (let t = measured.length - 1; t >= stretch.from; t--) {
    const column = gain.subarray(t * states, (t + 1) * states);
    for (let i = 0; i < states; i++) product[i] = dot(information, i * states, column);
    const known = dot(column, 0, product);
    const variance = element(predictionVariance, t);
    const seen = measured[t] === 1;
    if (!seen && t < stretch.to) variances[t - stretch.from] = variance - variance ** 2 * known;
    if (seen) addInformation(information, product, gains, t, known + 1 / variance);
    else decayInformation(information, model.decay);
  }
  return variances;
}

/** Φ·N·Φ. Symmetric, as below: one half is worked out. */
function decayInformation(information: Float64Array, decay: Float64Array): void {
  const n = decay.length;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = element(information, i * n + j) * element(decay, i) * element(decay, j);
      information[i * n + j] = value;
      information[j * n + i] = value;
    }
}

/** z·z′/F + L′·N·L with L = Φ − K·z′; `own` is K′·N·K + 1/F, `product` N·K. */
function addInformation(
  information: Float64Array,
  product: Float64Array,
  { model }: Gains,
  t: number,
  own: number,
): void {
  const { states, decay, loading } = model;
  const row = (model.row[t] ?? 0) * states;
  for (let i = 0; i < states; i++) {
    const left = element(loading, row + i);
    const kept = element(decay, i);
    const across = left * own - kept * element(product, i);
    for (let j = 0; j <= i; j++) {
      const value =
        element(information, i * states + j) * kept * element(decay, j) +
        across * element(loading, row + j) -
        left * element(product, j) * element(decay, j);
      information[i * states + j] = value;
      information[j * states + i] = value;
    }
  }
}

function dot(values: Float64Array, offset: number, vector: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < vector.length; k++) sum += element(values, offset + k) * element(vector, k);
  return sum;
}
