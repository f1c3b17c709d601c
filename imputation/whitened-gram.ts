import { element } from "./element.ts";
import type { Gains, StateSpace } from "./state-space.ts";

/** Rows that are added to the products at once: a quarter of the reads and writes. */
const ROWS = 4;

/** A column and how it is standardised: (value − mean) / deviation. */
export type Column = Readonly<{ values: Float64Array; mean: number; deviation: number }>;

/**
 * Products of all pairs of columns after each went through the same Kalman filter and its prediction errors were divided by
 * their standard deviation: row i holds those with columns 0 … i. Only measured minutes count. All columns walk through
 * time together and nothing is kept of a minute that is done: 60 columns of a month are 0.1 s and no memory.
 */
export function whitenedGram(gains: Gains, columns: readonly Column[]): Float64Array[] {
  const size = columns.length;
  const { model, measured, gain, predictionVariance } = gains;
  const state = new Float64Array(model.states * size);
  const gram = new Float64Array(size * size);
  const rows = new Float64Array(ROWS * size);
  const errors = new Float64Array(size);
  let filled = 0;
  for (let t = 0; t < measured.length; t++) {
    errors.fill(0);
    if (measured[t] === 1) {
      predictionErrors(errors, columns, state, model, t);
      keepRow(rows, errors, filled * size, 1 / Math.sqrt(element(predictionVariance, t)));
      filled = (filled + 1) % ROWS;
      if (filled === 0) addProducts(gram, rows, size);
    }
    for (let k = 0; k < model.states; k++)
      advance(
        state,
        k * size,
        errors,
        element(model.decay, k),
        element(gain, t * model.states + k),
      );
  }
  addProducts(gram, rows.fill(0, filled * size), size);
  return columns.map((_, i) => gram.slice(i * size, i * size + i + 1));
}

/** What each column shows at a minute minus what its states foretold. */
function predictionErrors(
  errors: Float64Array,
  columns: readonly Column[],
  state: Float64Array,
  { states, row, loading }: StateSpace,
  t: number,
): void {
  const size = errors.length;
  for (let k = 0; k < states; k++) {
    const share = element(loading, (row[t] ?? 0) * states + k);
    for (let j = 0; j < size; j++)
      errors[j] = element(errors, j) - share * element(state, k * size + j);
  }
  for (let j = 0; j < size; j++) {
    const column = columns[j];
    if (column === undefined) continue;
    errors[j] = element(errors, j) + (element(column.values, t) - column.mean) / column.deviation;
  }
}

function keepRow(rows: Float64Array, errors: Float64Array, offset: number, factor: number): void {
  for (let j = 0; j < errors.length; j++) rows[offset + j] = element(errors, j) * factor;
}

function advance(
  state: Float64Array,
  offset: number,
  errors: Float64Array,
  decay: number,
  gain: number,
): void {
  for (let j = 0; j < errors.length; j++)
    state[offset + j] = decay * element(state, offset + j) + gain * element(errors, j);
}

function addProducts(gram: Float64Array, rows: Float64Array, size: number): void {
  const [second, third, fourth] = [size, 2 * size, 3 * size];
  for (let i = 0; i < size; i++) {
    const [a, b] = [element(rows, i), element(rows, second + i)];
    const [c, d] = [element(rows, third + i), element(rows, fourth + i)];
    // A month of nights has no step: columns that are zero in all four rows add nothing.
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    const base = i * size;
    for (let j = 0; j <= i; j++)
      gram[base + j] =
        element(gram, base + j) +
        a * element(rows, j) +
        b * element(rows, second + j) +
        c * element(rows, third + j) +
        d * element(rows, fourth + j);
  }
}
