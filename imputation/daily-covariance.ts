import type { Covariance } from "./covariance.ts";
import { fitVariances, LAGS } from "./covariance.ts";
import { element } from "./element.ts";

export const HOURS = 24;
const HOUR = 60;
const DAY = 1440;

/**
 * How fast a pair of minutes loses weight with its distance from the hour asked for (standard deviation of a Gaussian,
 * minutes), and the weight any pair keeps: chosen by leaving one person out (docs/imputation.md).
 */
const WEIGHTS = hourWeights(60, 0.1);

/** Weights of the hours of a day by how far they are apart. */
export function hourWeights(width: number, floor: number): readonly number[] {
  return Array.from({ length: HOURS }, (_, apart) => {
    const minutes = Math.min(apart, HOURS - apart) * HOUR;
    return floor + Math.exp(-0.5 * (minutes / width) ** 2);
  });
}

/** The hour of each half minute of three days: the middle of a pair begins on one. */
const HOUR_OF = Uint8Array.from({ length: 6 * DAY }, (_, half) =>
  Math.floor(((half / 2) % DAY) / HOUR),
);

/** The hour of the local day in which the middle of two minutes lies, `lag` apart, the first at `minute` of the day. */
export function hourOfPair(minute: number, lag: number): number {
  return HOUR_OF[2 * minute + lag] ?? 0;
}

/** Sums over pairs of measured minutes, and their number: 24 values for the hour of the pair's middle. */
export type Products = Readonly<{ sums: Float64Array; pairs: Float64Array }>;

/** Products of all pairs at each of `LAGS`. */
export function lagProducts(residual: Float64Array, minuteOfDay: Uint16Array): Products[] {
  return LAGS.map((lag) => productsAt(residual, minuteOfDay, lag));
}

/** The covariance of all hours together. */
export function overallCovariance(products: readonly Products[]): Covariance {
  const even = new Array<number>(HOURS).fill(1);
  return fitVariances(products.map((one) => meanAround(one, 0, even)));
}

/**
 * The covariance of a residual around each hour of the local day (24, the first centred on half past midnight): sleep is
 * quieter than a morning, and its waves are others. Every pair of measured minutes counts for the hour of its middle and,
 * less, for its neighbours, so that an hour nobody measured borrows from those beside it (a local kernel estimate of a
 * locally stationary process, Dahlhaus 1997, Ann. Stat. 25:1).
 */
export function hourlyCovariances(products: readonly Products[]): Covariance[] {
  return Array.from({ length: HOURS }, (_, hour) =>
    fitVariances(products.map((one) => meanAround(one, hour, WEIGHTS))),
  );
}

function productsAt(residual: Float64Array, minuteOfDay: Uint16Array, lag: number): Products {
  const sums = new Float64Array(HOURS);
  const pairs = new Float64Array(HOURS);
  for (let i = 0; i + lag < residual.length; i++) {
    const product = element(residual, i) * element(residual, i + lag);
    if (Number.isNaN(product)) continue;
    const hour = hourOfPair(minuteOfDay[i] ?? 0, lag);
    sums[hour] = element(sums, hour) + product;
    pairs[hour] = element(pairs, hour) + 1;
  }
  return { sums, pairs };
}

/** Mean over pairs, weighted by how far their hour is from the one asked for; `prior` counts as so many pairs besides. */
export function meanAround(
  { sums, pairs }: Products,
  hour: number,
  weights: readonly number[],
  prior: Readonly<{ mean: number; pairs: number }> = { mean: 0, pairs: 0 },
): number {
  let sum = prior.mean * prior.pairs;
  let count = prior.pairs;
  weights.forEach((weight, apart) => {
    const other = (hour + apart) % HOURS;
    sum += weight * element(sums, other);
    count += weight * element(pairs, other);
  });
  return count === 0 ? 0 : sum / count;
}
