import { element } from "./element.ts";
import { solveNonNegative } from "./non-negative.ts";

/**
 * Covariance of a residual as a nugget (noise of a single minute) plus Ornstein–Uhlenbeck components (a continuous AR(1)):
 * covariance varianceₖ · exp(−s/τₖ) between two instants s minutes apart. A minute's value is the component's mean over that
 * minute, as a tracker stores it. Each component seen so is an ARMA(1, 1), and their sum and noise an ARMA(p, p) (Granger &
 * Morris 1976, J. R. Stat. Soc. A 139:246).
 */
export type Covariance = Readonly<{
  nugget: number;
  components: readonly Readonly<{ tauMinutes: number; variance: number }>[];
}>;

/** From a few breaths to half a day. */
const TAUS = [0.7, 2, 6, 20, 60, 200, 700] as const;

/** Minutes apart at which the empirical covariance is looked at. */
export const LAGS = [
  ...Array.from({ length: 31 }, (_, lag) => lag),
  ...[45, 60, 75, 90, 120, 150, 180, 240, 300, 360, 450, 540, 630, 720],
] as const;
/** Near lags weigh more: they decide over short gaps, and far ones are few. */
const WEIGHTS = LAGS.map((lag) => (lag === 0 ? 9 : 1 / (1 + lag / 3)));

/** A nugget of zero would make minutes certain. Log-bpm², a thousandth of a beat. */
export const LEAST_NUGGET = 1e-6;

/**
 * Covariance at a lag of whole minutes of the minute means of an Ornstein–Uhlenbeck process of variance 1: the double
 * integral of exp(−|s|/τ) over both minutes. At lag 0 it is below what later lags would have it, since averaging takes the
 * fastest part away.
 */
export function minuteMeanCovariance(tauMinutes: number, lag: number): number {
  const factor = 2 * tauMinutes * tauMinutes;
  return lag === 0
    ? factor * (1 / tauMinutes - 1 + Math.exp(-1 / tauMinutes))
    : factor * (Math.cosh(1 / tauMinutes) - 1) * Math.exp(-lag / tauMinutes);
}

/** What the model says of two minutes that are `lag` apart; at 0 the variance of a minute far from any measurement. */
export function covarianceAt({ nugget, components }: Covariance, lag: number): number {
  return components.reduce(
    (sum, { tauMinutes, variance }) => sum + variance * minuteMeanCovariance(tauMinutes, lag),
    lag === 0 ? nugget : 0,
  );
}

const DESIGN = [
  LAGS.map((lag) => Number(lag === 0)),
  ...TAUS.map((tau) => LAGS.map((lag) => minuteMeanCovariance(tau, lag))),
];
const weighted = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0) * (WEIGHTS[i] ?? 0), 0);
const GRAM = DESIGN.map((a) => DESIGN.map((b) => weighted(a, b)));

/** Fits the variances by non-negative least squares to empirical covariances at `LAGS`; all components are kept, some zero. */
export function fitVariances(empirical: readonly number[]): Covariance {
  const [nugget = 0, ...variances] = solveNonNegative(
    GRAM,
    DESIGN.map((column) => weighted(column, empirical)),
  );
  return {
    nugget: nugget + LEAST_NUGGET,
    components: TAUS.map((tauMinutes, k) => ({ tauMinutes, variance: variances[k] ?? 0 })),
  };
}

/** The covariance of a residual, whatever the hour: from the mean product of all pairs of measured minutes at each lag. */
export function fitCovariance(residual: Float64Array): Covariance {
  return fitVariances(LAGS.map((lag) => meanProduct(residual, lag)));
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
