import type { Covariance } from "./covariance.ts";
import { minuteMeanCovariance } from "./covariance.ts";
import { element } from "./element.ts";

/**
 * A residual as a state-space model: states of variance 1, xₖ(t+1) = φₖ·xₖ(t) + ηₖ(t), and the observation
 * y(t) = Σ zₖ(t)·xₖ(t) + ε(t), where ε(t) may be correlated with ηₖ(t): a state is the component at the minute's beginning,
 * the observation its mean over the minute, and both know what happens within it. Notation follows Durbin & Koopman 2012,
 * Time Series Analysis by State Space Methods, chapter 4; correlated noises as in de Jong 1991, Ann. Stat. 19:1073.
 */
export type StateSpace = Readonly<{
  states: number;
  /** φₖ. */
  decay: Float64Array;
  /** The row of the three tables below that each minute uses; as long as the series. */
  row: Uint16Array;
  /** zₖ, states values a row. */
  loading: Float64Array;
  /** Variance of ε, one value a row. */
  noise: Float64Array;
  /** Covariance of ε and ηₖ, states values a row. */
  cross: Float64Array;
}>;

/**
 * The model of covariances of which each minute has one: `row[t]` is its index. All have the same components, and between
 * two minutes each component has the geometric mean of its two variances.
 */
export function stateSpace(covariances: readonly Covariance[], row: Uint16Array): StateSpace {
  const used = usedComponents(covariances);
  const taus = used.map((k) => covariances[0]?.components[k]?.tauMinutes ?? 1);
  const states = taus.length;
  const loading = new Float64Array(covariances.length * states);
  const cross = new Float64Array(covariances.length * states);
  const noise = Float64Array.from(covariances, ({ nugget }) => nugget);
  const decay = Float64Array.from(taus, (tau) => Math.exp(-1 / tau));
  covariances.forEach(({ components }, r) => {
    taus.forEach((tau, k) => {
      const variance = components[used[k] ?? 0]?.variance ?? 0;
      const left = 1 - element(decay, k);
      // Mean over the minute of what is left of the state at its beginning; the rest is noise.
      const share = tau * left;
      loading[r * states + k] = Math.sqrt(variance) * share;
      cross[r * states + k] = Math.sqrt(variance) * share * left;
      noise[r] = element(noise, r) + variance * (minuteMeanCovariance(tau, 0) - share * share);
    });
  });
  return { states, decay, row, loading, noise, cross };
}

/** A component that no row has costs time and says nothing. */
function usedComponents(covariances: readonly Covariance[]): number[] {
  const indices = [...(covariances[0]?.components ?? []).keys()];
  return indices.filter((k) =>
    covariances.some(({ components }) => (components[k]?.variance ?? 0) > 0),
  );
}

const DAY = 1440;
const HOUR = 60;
/** Minutes of the day that share a row. */
const STEP = 10;
const STEPS = DAY / STEP;

/**
 * The model of 24 hourly covariances, of which there may be several levels: a minute has those of its level and of the two
 * nearest hours' middles, by distance.
 */
export function dailyStateSpace(
  levels: readonly (readonly Covariance[])[],
  minuteOfDay: Uint16Array,
  levelOf: Uint8Array | null,
): StateSpace {
  const rows = levels.flatMap((hours) =>
    Array.from({ length: STEPS }, (_, step) => betweenHours(hours, (step + 0.5) * STEP)),
  );
  const row = minuteOfDay.map(
    (minute, t) => Math.floor(minute / STEP) + STEPS * (levelOf?.[t] ?? 0),
  );
  return stateSpace(rows, row);
}

function betweenHours(hours: readonly Covariance[], minute: number): Covariance {
  const place = (minute + DAY - HOUR / 2) / HOUR;
  const before = hours[Math.floor(place) % hours.length];
  const after = hours[Math.ceil(place) % hours.length];
  const share = place % 1;
  const between = (a = 0, b = 0) => a * (1 - share) + b * share;
  return {
    nugget: between(before?.nugget, after?.nugget),
    components: (before?.components ?? []).map(({ tauMinutes, variance }, k) => ({
      tauMinutes,
      variance: between(variance, after?.components[k]?.variance),
    })),
  };
}

/** The model of minutes `[from, to)` only. */
export function sliceStateSpace(model: StateSpace, from: number, to: number): StateSpace {
  return { ...model, row: model.row.subarray(from, to) };
}

/** What the Kalman filter knows before it sees any value: it depends on which minutes are measured, and not on them. */
export type Gains = Readonly<{
  model: StateSpace;
  /** Which minutes are measured: 1 or 0. */
  measured: Uint8Array;
  /** Variance F(t) of the one-minute-ahead prediction. */
  predictionVariance: Float64Array;
  /** Kalman gain (Φ·P(t)·z + cross) / F(t), states values a minute; also where nothing is measured. */
  gain: Float64Array;
}>;

/** Runs the variance half of the Kalman filter once; `measured` holds 1 where a value will be given. */
export function kalmanGains(model: StateSpace, measured: Uint8Array): Gains {
  const { states } = model;
  const gain = new Float64Array(measured.length * states);
  const predictionVariance = new Float64Array(measured.length);
  const now = new Float64Array(states * states);
  for (let k = 0; k < states; k++) now[k * states + k] = 1;
  for (let t = 0; t < measured.length; t++) {
    const column = gain.subarray(t * states, (t + 1) * states);
    const prediction = weigh(now, model, model.row[t] ?? 0, column);
    predictionVariance[t] = prediction;
    advance(now, model.decay, column, measured[t] === 1 ? prediction : 0);
  }
  return { model, measured, predictionVariance, gain };
}

/** Writes the gain of a minute into `column` and returns the variance of its prediction. */
function weigh(now: Float64Array, model: StateSpace, row: number, column: Float64Array): number {
  const { states, decay, loading, cross } = model;
  let prediction = element(model.noise, row);
  for (let i = 0; i < states; i++) {
    let sum = 0;
    for (let j = 0; j < states; j++)
      sum += element(now, i * states + j) * element(loading, row * states + j);
    prediction += sum * element(loading, row * states + i);
    column[i] = element(decay, i) * sum + element(cross, row * states + i);
  }
  for (let i = 0; i < states; i++) column[i] = element(column, i) / prediction;
  return prediction;
}

/**
 * Φ·P·Φ + Q − K·K′·F, with Q such that the stationary variance stays 1; F is 0 where nothing is seen. P is symmetric: one
 * half is worked out.
 */
function advance(
  matrix: Float64Array,
  decay: Float64Array,
  gain: Float64Array,
  prediction: number,
): void {
  const n = decay.length;
  for (let i = 0; i < n; i++) {
    const own = element(decay, i);
    const told = element(gain, i) * prediction;
    for (let j = 0; j <= i; j++) {
      const kept = own * element(decay, j);
      const fresh = i === j ? 1 - kept : 0;
      const value = element(matrix, i * n + j) * kept + fresh - told * element(gain, j);
      matrix[i * n + j] = value;
      matrix[j * n + i] = value;
    }
  }
}

/** The mean half of the filter: what the states foretell of each minute, and how far the measured ones are from it. */
export type Predictions = Readonly<{ predicted: Float64Array; errors: Float64Array }>;

/** Predictions z·a(t) of every minute and their errors v(t) by the gains; an error is 0 where nothing is measured. */
export function predict({ model, measured, gain }: Gains, series: Float64Array): Predictions {
  const { states, decay, loading } = model;
  const state = new Float64Array(states);
  const predicted = new Float64Array(series.length);
  const errors = new Float64Array(series.length);
  for (let t = 0; t < series.length; t++) {
    const row = (model.row[t] ?? 0) * states;
    let sum = 0;
    for (let k = 0; k < states; k++) sum += element(loading, row + k) * element(state, k);
    predicted[t] = sum;
    const error = measured[t] === 1 ? element(series, t) - sum : 0;
    errors[t] = error;
    for (let k = 0; k < states; k++)
      state[k] = element(decay, k) * element(state, k) + element(gain, t * states + k) * error;
  }
  return { predicted, errors };
}
