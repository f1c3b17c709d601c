import { element } from "./element.ts";
import { smoothedMean, smoothedVariance } from "./smoother.ts";
import type { StateSpace } from "./state-space.ts";
import { kalmanGains } from "./state-space.ts";

/** By how much the interval of a gap of a length (minutes) is widened. */
export type Widening = (lengthMinutes: number) => number;

export const NOT_WIDENED: Widening = () => 1;

/**
 * Gaps up to here are calibrated. Their interval hangs on the few minutes beside them, whose noise has heavier tails than a
 * Gaussian; longer ones hold what they promise without (docs/imputation.md).
 */
const SHORT_MINUTES = 5;
/** Minutes between two masked stretches; what a stretch needs inside and in the hour on either side. */
const APART = 120;
const LEAST_SHARE = 0.9;
const BESIDE = { minutes: 60, least: 42 } as const;
/** Fewer stretches say nothing; wider than this nothing is believed of a gap anyway. */
const LEAST_STRETCHES = 20;
const WIDEST = 2;
const COVERED = 0.95;
const Z95 = 1.959963984540054;

/**
 * Intervals of short gaps that hold what they promise on this person's own measured minutes: masks five-minute stretches
 * all over the record, two hours apart, smooths over all of them at once, and takes the quantile of |error| / deviation as
 * the interval's half-width where it is above the Gaussian's 1.96. Split conformal prediction (Lei et al. 2018, J. Am. Stat.
 * Assoc. 113:1094); the quantile's level is 0.95·(1 + 1/n) of n stretches and not of their minutes, which err together
 * (groups: Dunn, Wasserman & Ramdas 2023, J. Am. Stat. Assoc. 118:2491). Widened, never narrowed; worked out when first asked for.
 */
export function wideningOf(residual: Float64Array, model: StateSpace): Widening {
  let known: number | null = null;
  return (lengthMinutes) => {
    if (lengthMinutes > SHORT_MINUTES) return 1;
    known ??= calibrate(residual, model);
    return known;
  };
}

function calibrate(residual: Float64Array, model: StateSpace): number {
  const starts = chooseStretches(residual);
  if (starts.length < LEAST_STRETCHES) return 1;
  const masked = residual.slice();
  for (const start of starts) masked.fill(Number.NaN, start, start + SHORT_MINUTES);
  const measured = Uint8Array.from(masked, (value) => (Number.isNaN(value) ? 0 : 1));
  const gains = kalmanGains(model, measured);
  const whole = { from: 0, to: residual.length };
  const mean = smoothedMean(gains, masked, whole);
  const variance = smoothedVariance(gains, whole);
  const scores = starts
    .flatMap((start) =>
      Array.from({ length: SHORT_MINUTES }, (_, i) => {
        const t = start + i;
        const error = Math.abs(element(residual, t) - element(mean, t));
        return error / Math.sqrt(element(variance, t));
      }),
    )
    .filter((score) => !Number.isNaN(score))
    .sort((a, b) => a - b);
  const rank = Math.ceil(COVERED * (1 + 1 / starts.length) * scores.length);
  const half = scores[Math.min(rank, scores.length) - 1] ?? Z95;
  return Math.min(WIDEST, Math.max(1, half / Z95));
}

/** Where stretches are worn and measured on both sides, from the oldest on. */
function chooseStretches(residual: Float64Array): number[] {
  const before = new Uint32Array(residual.length + 1);
  residual.forEach((value, t) => {
    before[t + 1] = (before[t] ?? 0) + (Number.isNaN(value) ? 0 : 1);
  });
  const measured = (from: number, to: number) => (before[to] ?? 0) - (before[from] ?? 0);
  const starts: number[] = [];
  let start: number = BESIDE.minutes;
  while (start + SHORT_MINUTES + BESIDE.minutes <= residual.length) {
    const end = start + SHORT_MINUTES;
    const fits =
      measured(start, end) >= LEAST_SHARE * SHORT_MINUTES &&
      measured(start - BESIDE.minutes, start) >= BESIDE.least &&
      measured(end, end + BESIDE.minutes) >= BESIDE.least;
    if (fits) starts.push(start);
    start = fits ? end + APART : start + BESIDE.minutes;
  }
  return starts;
}
