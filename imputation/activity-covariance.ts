import { ACTIVITY_LEVELS } from "./activity.ts";
import type { Covariance } from "./covariance.ts";
import { LEAST_NUGGET, minuteMeanCovariance } from "./covariance.ts";
import type { Products } from "./daily-covariance.ts";
import { HOURS, hourOfPair, hourWeights, meanAround } from "./daily-covariance.ts";
import { element } from "./element.ts";
import { solveNonNegative } from "./non-negative.ts";

/** Components up to here (minutes) change with activity. Slower ones last longer than it does: a level they jumped with would be a jump of the pulse. */
const FAST = 6;
/** Lags whose differences are looked at, minutes; near ones weigh more. */
const LAGS = Array.from({ length: 15 }, (_, i) => i + 1);
const LAG_WEIGHTS = LAGS.map((lag) => 1 / (1 + lag / 3));
const HOUR_WEIGHTS = hourWeights(120, 0.3);
/** What holds whatever the activity counts as so many pairs. */
const PRIOR_PAIRS = 200;

/**
 * Hourly covariances for each level of activity (level first): walking shakes a wrist, and rest does not. Noise and fast
 * components are fitted by non-negative least squares to half the mean squared difference of minutes of one level (Matheron's
 * variogram, which slow waves hardly touch); the slow components stay those of the hour.
 */
export function covariancesByActivity(
  hours: readonly Covariance[],
  residual: Float64Array,
  minuteOfDay: Uint16Array,
  levels: Uint8Array,
): Covariance[][] {
  const variograms = LAGS.map((lag) => variogram(residual, minuteOfDay, levels, lag));
  return Array.from({ length: ACTIVITY_LEVELS }, (_, level) =>
    hours.map((usual, hour) => {
      const fast = usual.components.filter(isFast);
      const slow = usual.components.filter((one) => !isFast(one));
      const values = LAGS.map((lag, i) => {
        const slowPart = riseOf(slow, lag);
        const prior = { mean: usual.nugget + riseOf(fast, lag) + slowPart, pairs: PRIOR_PAIRS };
        const pairs = variograms[i]?.[level];
        return (pairs ? meanAround(pairs, hour, HOUR_WEIGHTS, prior) : prior.mean) - slowPart;
      });
      return refit(usual, fast, values);
    }),
  );
}

type Component = Covariance["components"][number];

function isFast({ tauMinutes }: Component): boolean {
  return tauMinutes <= FAST;
}

/** By level: halved squared differences of pairs of which both minutes are of it. */
function variogram(
  residual: Float64Array,
  minuteOfDay: Uint16Array,
  levels: Uint8Array,
  lag: number,
): Products[] {
  const all = Array.from({ length: ACTIVITY_LEVELS }, () => ({
    sums: new Float64Array(HOURS),
    pairs: new Float64Array(HOURS),
  }));
  for (let t = 0; t + lag < residual.length; t++) {
    const mine = all[levels[t] ?? 0];
    const difference = element(residual, t) - element(residual, t + lag);
    if (levels[t] !== levels[t + lag] || Number.isNaN(difference) || mine === undefined) continue;
    const hour = hourOfPair(minuteOfDay[t] ?? 0, lag);
    mine.sums[hour] = element(mine.sums, hour) + 0.5 * difference * difference;
    mine.pairs[hour] = element(mine.pairs, hour) + 1;
  }
  return all;
}

/** The variogram of components at a lag: how far their minutes move apart. */
function riseOf(components: readonly Component[], lag: number): number {
  return components.reduce((sum, one) => sum + one.variance * rise(one.tauMinutes, lag), 0);
}

function rise(tauMinutes: number, lag: number): number {
  return minuteMeanCovariance(tauMinutes, 0) - minuteMeanCovariance(tauMinutes, lag);
}

/** `usual` with the noise and the fast components that fit a variogram; fast ones come first. */
function refit(
  usual: Covariance,
  fast: readonly Component[],
  variogram: readonly number[],
): Covariance {
  const design = [
    LAGS.map(() => 1),
    ...fast.map(({ tauMinutes }) => LAGS.map((lag) => rise(tauMinutes, lag))),
  ];
  const [nugget = 0, ...variances] = solveNonNegative(
    design.map((a) => design.map((b) => weighted(a, b))),
    design.map((column) => weighted(column, variogram)),
  );
  return {
    nugget: nugget + LEAST_NUGGET,
    components: usual.components.map((one, k) => ({
      ...one,
      variance: variances[k] ?? one.variance,
    })),
  };
}

function weighted(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0) * (LAG_WEIGHTS[i] ?? 0), 0);
}
