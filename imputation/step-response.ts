import { element } from "./element.ts";
import { solvePositive } from "./solve-positive.ts";
import type { StateSpace } from "./state-space.ts";
import { kalmanGains } from "./state-space.ts";
import type { Column } from "./whitened-gram.ts";
import { whitenedGram } from "./whitened-gram.ts";

/** Penalty on a coefficient of a standardised column, where noise has variance 1: a prior of standard deviation 0.1. */
const RIDGE = 100;
/** The intercept is hardly held. */
const RIDGE_INTERCEPT = 1;

/**
 * What the step features explain of a residual, one value a minute (in the residual's unit). Generalised least squares
 * (Aitken 1936) with a ridge: residual and features pass the Kalman filter of `noise`, whose standardised prediction errors
 * are independent, and are regressed on each other. So slow waves, which the smoother follows anyway, do not spoil the
 * coefficients of what happens within minutes. Only minutes with a residual count, and need known steps.
 */
export function fitStepResponse(
  residual: Float64Array,
  features: readonly Float64Array[],
  noise: StateSpace,
): Float64Array {
  const measured = Uint8Array.from(residual, (value) => (Number.isNaN(value) ? 0 : 1));
  const columns = features.map((values) => standardise(values, measured));
  const intercept = asItIs(new Float64Array(residual.length).fill(1));
  const gram = whitenedGram(kalmanGains(noise, measured), [
    ...columns,
    intercept,
    asItIs(residual),
  ]);
  const coefficients = regress(gram);
  const response = new Float64Array(residual.length).fill(coefficients.at(-1) ?? 0);
  columns.forEach(({ values, mean, deviation }, j) => {
    const slope = element(coefficients, j) / deviation;
    for (let t = 0; t < response.length; t++)
      response[t] = element(response, t) + slope * (element(values, t) - mean);
  });
  return response;
}

function asItIs(values: Float64Array): Column {
  return { values, mean: 0, deviation: 1 };
}

function standardise(values: Float64Array, measured: Uint8Array): Column {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let t = 0; t < values.length; t++) {
    if (measured[t] !== 1) continue;
    count++;
    sum += element(values, t);
    squares += element(values, t) ** 2;
  }
  const mean = sum / count;
  // A column that never changes explains nothing: divided by 1 it stays zero.
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean)) || 1;
  return { values, mean, deviation };
}

/** The last row of the products is the target's. */
function regress(gram: readonly Float64Array[]): Float64Array {
  const features = gram.slice(0, -1);
  const target = (gram.at(-1) ?? new Float64Array(1)).slice(0, -1);
  features.forEach((row, i) => {
    row[i] = element(row, i) + (i === features.length - 1 ? RIDGE_INTERCEPT : RIDGE);
  });
  return solvePositive(features, target);
}
