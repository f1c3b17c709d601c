import { isMainThread } from "node:worker_threads";
import ARIMA from "arima";
import type { ArimaOrder, Forecaster } from "../imputation/forecast.ts";
import { ARIMA_ORDERS } from "../imputation/forecast.ts";

/** `arima` copies its input onto a stack of 64 KiB: 8,100 values fit, 8,300 kill it for the whole thread. */
const HISTORY = { shortest: 60, longest: 4000 } as const;
const LONGEST_FORECAST = 360;
/** Log-bpm times this is of the size its optimiser is made for. */
const SCALE = 100;
/** Log-bpm from what is usual: a factor of e, which no pulse does. */
const FARTHEST = 1;
/** Conditional sum of squares. Exact likelihood, the package's default, gives nonsense in one real gap of seven. */
const METHOD = 1;

/**
 * The package `arima` 0.2.8 behind guards: it does not throw when a fit fails, it returns 1e28. Only in a worker thread
 * (activities/imputation-pool.ts), since a fit blocks and may take its WebAssembly down. Throws a refusal that says why.
 */
export const guardedArima: Forecaster = (history, length, order) => {
  if (isMainThread) throw new Error("arima runs in a worker thread only: a fit blocks for seconds");
  refuseInput(history, length, order);
  const { mean, variance } = forecast(history, length, order);
  refuseOutput(history, mean, variance);
  return { mean, variance };
};

function refuseInput(history: Float64Array, length: number, order: ArimaOrder): void {
  if (!ARIMA_ORDERS.includes(order)) throw new Error(`order ${order} is not among those allowed`);
  if (history.length < HISTORY.shortest || history.length > HISTORY.longest)
    throw new Error(
      `a history of ${history.length} minutes; ${HISTORY.shortest} to ${HISTORY.longest} are allowed`,
    );
  if (!Number.isInteger(length) || length < 1 || length > LONGEST_FORECAST)
    throw new Error(`a forecast of ${length} minutes; 1 to ${LONGEST_FORECAST} are allowed`);
  // Number.isFinite and not isFinite: null must not pass for 0.
  if (!history.every((value) => Number.isFinite(value)))
    throw new Error("a history with a missing value: arima would carry it forward without a word");
}

function forecast(history: Float64Array, length: number, order: ArimaOrder) {
  const [p = 0, d = 0, q = 0] = order.split(",").map(Number);
  const model = new ARIMA({ p, d, q, method: METHOD, verbose: false });
  try {
    model.train(Array.from(history, (value) => value * SCALE));
    const [mean, variance] = model.predict(length);
    return {
      mean: Float64Array.from(mean, (value) => value / SCALE),
      variance: Float64Array.from(variance, (value) => value / SCALE ** 2),
    };
  } finally {
    // Without it memory leaks; after it the object answers with whatever lies there, so it never leaves this function.
    model.destroy();
  }
}

/** Refuses what cannot be a forecast of this history, since the package never does. */
export function refuseOutput(
  history: Float64Array,
  mean: Float64Array,
  variance: Float64Array,
): void {
  if (!mean.every((value) => Math.abs(value) <= FARTHEST))
    throw new Error("arima's forecast is not a number or far from any pulse");
  const grows = variance.every(
    (value, i) =>
      Number.isFinite(value) && value > 0 && value >= (variance[i - 1] ?? 0) * (1 - 1e-9),
  );
  if (!grows) throw new Error("arima's variance is not positive and growing");
  if ((variance[0] ?? 0) > sampleVariance(history))
    throw new Error("arima foretells one minute worse than the mean does");
}

function sampleVariance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
