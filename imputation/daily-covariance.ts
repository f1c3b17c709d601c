import type { Covariance } from "./covariance.ts";
import { fitVariances, LAGS } from "./covariance.ts";
import { element } from "./element.ts";

const HOURS = 24;
const HOUR = 60;
const DAY = 1440;

/**
 * How fast a pair of minutes loses weight with its distance from the hour asked for (standard deviation of a Gaussian,
 * minutes), and the weight any pair keeps: chosen by leaving one person out (docs/imputation.md).
 */
const WIDTH = 60;
const FLOOR = 0.1;
const WEIGHTS = Array.from({ length: HOURS }, (_, apart) => {
  const minutes = Math.min(apart, HOURS - apart) * HOUR;
  return FLOOR + Math.exp(-0.5 * (minutes / WIDTH) ** 2);
});

/** The hour of each half minute of three days: the middle of a pair begins on one. */
const HOUR_OF = Uint8Array.from({ length: 6 * DAY }, (_, half) =>
  Math.floor(((half / 2) % DAY) / HOUR),
);

type Products = Readonly<{ sums: Float64Array; pairs: Float64Array }>;

/**
 * The covariance of a residual around each hour of the local day (24, the first centred on half past midnight): sleep is
 * quieter than a morning, and its waves are others. Every pair of measured minutes counts for the hour of its middle and,
 * less, for its neighbours, so that an hour nobody measured borrows from those beside it (a local kernel estimate of a
 * locally stationary process, Dahlhaus 1997, Ann. Stat. 25:1).
 */
export function fitDailyCovariance(residual: Float64Array, minuteOfDay: Uint16Array): Covariance[] {
  const products = LAGS.map((lag) => productsByHour(residual, minuteOfDay, lag));
  return Array.from({ length: HOURS }, (_, hour) =>
    fitVariances(products.map((one) => aroundHour(one, hour))),
  );
}

function productsByHour(residual: Float64Array, minuteOfDay: Uint16Array, lag: number): Products {
  const sums = new Float64Array(HOURS);
  const pairs = new Float64Array(HOURS);
  for (let i = 0; i + lag < residual.length; i++) {
    const product = element(residual, i) * element(residual, i + lag);
    if (Number.isNaN(product)) continue;
    const hour = HOUR_OF[2 * (minuteOfDay[i] ?? 0) + lag] ?? 0;
    sums[hour] = element(sums, hour) + product;
    pairs[hour] = element(pairs, hour) + 1;
  }
  return { sums, pairs };
}

function aroundHour({ sums, pairs }: Products, hour: number): number {
  let sum = 0;
  let count = 0;
  WEIGHTS.forEach((weight, apart) => {
    const other = (hour + apart) % HOURS;
    sum += weight * element(sums, other);
    count += weight * element(pairs, other);
  });
  return count === 0 ? 0 : sum / count;
}
