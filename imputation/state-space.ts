import type { Covariance } from "./covariance.ts";
import { element } from "./element.ts";

/**
 * The covariance as a state-space model: one state a component, xₖ(t+1) = φₖ·xₖ(t) + noise with φₖ = exp(−1/τₖ), and the
 * observation y(t) = Σ xₖ(t) + noise(nugget). Notation follows Durbin & Koopman 2012, Time Series Analysis by State Space
 * Methods, chapter 4.
 */
export type StateSpace = Readonly<{
  states: number;
  /** φₖ. */
  decay: Float64Array;
  /** Stationary variance of each state. */
  variance: Float64Array;
  nugget: number;
}>;

export function stateSpace({ nugget, components }: Covariance): StateSpace {
  return {
    states: components.length,
    decay: Float64Array.from(components, ({ tauMinutes }) => Math.exp(-1 / tauMinutes)),
    variance: Float64Array.from(components, ({ variance }) => variance),
    nugget,
  };
}

/** What the Kalman filter knows before it sees any value: it depends on which minutes are measured, and not on them. */
export type Gains = Readonly<{
  model: StateSpace;
  /** Which minutes are measured: 1 or 0. */
  measured: Uint8Array;
  /** Variance F(t) of the one-minute-ahead prediction. */
  predictionVariance: Float64Array;
  /** Kalman gain P(t)·1 / F(t), states values a minute, before the transition. */
  gain: Float64Array;
  /** Predicted state covariance P(t), states² values a minute; only where it was asked for. */
  covariance: Float64Array | null;
}>;

/** Runs the variance half of the Kalman filter once; `measured` holds 1 where a value will be given. */
export function kalmanGains(model: StateSpace, measured: Uint8Array, keep: boolean): Gains {
  const { states } = model;
  const size = states * states;
  const gain = new Float64Array(measured.length * states);
  const predictionVariance = new Float64Array(measured.length);
  const covariance = keep ? new Float64Array(measured.length * size) : null;
  const now = diagonal(model.variance);
  measured.forEach((seen, t) => {
    covariance?.set(now, t * size);
    const column = gain.subarray(t * states, (t + 1) * states);
    const prediction = model.nugget + rowSums(now, column);
    predictionVariance[t] = prediction;
    scale(column, 1 / prediction);
    if (seen === 1) downdate(now, column, prediction);
    advance(now, model);
  });
  return { model, measured, predictionVariance, gain, covariance };
}

/**
 * Prediction errors v(t) of a series, by the gains of its measured minutes; NaN elsewhere. Divided by √F(t) they are
 * independent and of variance 1 where the covariance is right.
 */
export function innovations(gains: Gains, series: Float64Array): Float64Array {
  const { model, measured, gain } = gains;
  const { states, decay } = model;
  const state = new Float64Array(states);
  const errors = new Float64Array(series.length).fill(Number.NaN);
  for (let t = 0; t < series.length; t++) {
    const error = measured[t] === 1 ? element(series, t) - sum(state) : 0;
    if (measured[t] === 1) errors[t] = error;
    const row = t * states;
    for (let k = 0; k < states; k++)
      state[k] = element(decay, k) * (element(state, k) + element(gain, row + k) * error);
  }
  return errors;
}

function diagonal(values: Float64Array): Float64Array {
  const matrix = new Float64Array(values.length ** 2);
  values.forEach((value, k) => {
    matrix[k * values.length + k] = value;
  });
  return matrix;
}

/** Writes the sum of each row into `sums` (P·1) and returns the sum of all (1′·P·1). */
function rowSums(matrix: Float64Array, sums: Float64Array): number {
  const n = sums.length;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const row = sum(matrix.subarray(i * n, (i + 1) * n));
    sums[i] = row;
    total += row;
  }
  return total;
}

/** P − K·K′·F: what seeing a value takes from the uncertainty. */
function downdate(matrix: Float64Array, gain: Float64Array, prediction: number): void {
  const n = gain.length;
  for (let cell = 0; cell < n * n; cell++)
    matrix[cell] =
      element(matrix, cell) -
      element(gain, Math.trunc(cell / n)) * element(gain, cell % n) * prediction;
}

/** Φ·P·Φ + Q, with Q such that the stationary variance stays. */
function advance(matrix: Float64Array, { states, decay, variance }: StateSpace): void {
  for (let cell = 0; cell < states * states; cell++)
    matrix[cell] =
      element(matrix, cell) *
      element(decay, Math.trunc(cell / states)) *
      element(decay, cell % states);
  for (let k = 0; k < states; k++) {
    const own = k * states + k;
    matrix[own] = element(matrix, own) + element(variance, k) * (1 - element(decay, k) ** 2);
  }
}

function scale(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = element(values, i) * factor;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += element(values, i);
  return total;
}
