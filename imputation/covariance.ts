import { element } from "./element.ts";

/**
 * Covariance of a residual as a nugget (noise of a single minute) plus AR(1) components: at a lag of l minutes
 * Σ varianceₖ · exp(−l/τₖ), plus the nugget at lag 0. A sum of AR(1)s and noise is an ARMA(p, p) (Granger & Morris 1976,
 * J. R. Stat. Soc. A 139:246).
 */
export type Covariance = Readonly<{
  nugget: number;
  components: readonly Readonly<{ tauMinutes: number; variance: number }>[];
}>;

/** From one breath's length to half a day; 0 is the nugget. */
const TAUS = [0, 2, 6, 20, 60, 200, 700] as const;

const LAGS = [
  ...Array.from({ length: 31 }, (_, lag) => lag),
  ...[45, 60, 75, 90, 120, 150, 180, 240, 300, 360, 450, 540, 630, 720],
] as const;

/** Sweeps of coordinate descent, and the change (share of the lag-0 covariance) below which it has converged. */
const SWEEPS = 5000;
const CONVERGED = 1e-9;

/** A nugget of zero would make minutes certain. Log-bpm², a thousandth of a beat. */
const LEAST_NUGGET = 1e-6;

/**
 * Fits the variances by non-negative least squares to the empirical autocovariance (mean product of all pairs of measured
 * minutes at a lag; the mean is taken as zero). Near lags weigh more: they decide over short gaps, and far ones are few.
 */
export function fitCovariance(residual: Float64Array): Covariance {
  const empirical = LAGS.map((lag) => meanProduct(residual, lag));
  const weights = LAGS.map((lag) => (lag === 0 ? 9 : 1 / (1 + lag / 3)));
  const shape = (tau: number, lag: number) =>
    tau === 0 ? Number(lag === 0) : Math.exp(-lag / tau);
  const design = TAUS.map((tau) => LAGS.map((lag) => shape(tau, lag)));
  const [nugget = 0, ...variances] = nonNegativeLeastSquares(design, empirical, weights);
  const components = variances.map((variance, k) => ({ tauMinutes: TAUS[k + 1] ?? 1, variance }));
  return {
    nugget: nugget + LEAST_NUGGET,
    components: components.filter(({ variance }) => variance > 0),
  };
}

/** Variance of a minute far from any measurement. */
export function priorVariance({ nugget, components }: Covariance): number {
  return components.reduce((sum, { variance }) => sum + variance, nugget);
}

function meanProduct(residual: Float64Array, lag: number): number {
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i + lag < residual.length; i++) {
    const product = element(residual, i) * element(residual, i + lag);
    if (Number.isNaN(product)) continue;
    sum += product;
    pairs++;
  }
  return pairs === 0 ? 0 : sum / pairs;
}

/** Coordinate descent on the normal equations; unique for the few, distinct columns used here. */
function nonNegativeLeastSquares(
  columns: readonly number[][],
  target: readonly number[],
  weights: readonly number[],
): number[] {
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0) * (weights[i] ?? 0), 0);
  const gram = columns.map((a) => columns.map((b) => product(a, b)));
  const right = columns.map((a) => product(a, target));
  const solution = columns.map(() => 0);
  const tolerance = CONVERGED * Math.abs(target[0] ?? 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    if (descend(gram, right, solution) <= tolerance) break;
  return solution;
}

/** One sweep; returns the largest change. */
function descend(gram: readonly number[][], right: readonly number[], solution: number[]): number {
  let largest = 0;
  gram.forEach((row, i) => {
    const others = row.reduce((sum, g, j) => (j === i ? sum : sum + g * (solution[j] ?? 0)), 0);
    const next = Math.max(0, ((right[i] ?? 0) - others) / (row[i] ?? 1));
    largest = Math.max(largest, Math.abs(next - (solution[i] ?? 0)));
    solution[i] = next;
  });
  return largest;
}
