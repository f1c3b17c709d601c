import { element } from "./element.ts";
import { smoothedMean, smoothedVariance } from "./smoother.ts";
import type { StateSpace } from "./state-space.ts";
import { kalmanGains } from "./state-space.ts";
import { steady } from "./volatility.ts";

/** By how much the interval of a gap of a length (minutes) is widened. */
export type Widening = (lengthMinutes: number) => number;

export const NOT_WIDENED: Widening = () => 1;

/** Gaps up to here hang on the few minutes beside them, longer ones on the day: each has its own factor. */
const SHORT_MINUTES = 15;
/** Stretches that are masked, in turn: two lengths of each kind, minutes. */
const LENGTHS = [5, 15, 30, 60] as const;
/** Minutes between two masked stretches; what a stretch needs inside and in the hour on either side. */
const APART = 60;
const LEAST_SHARE = 0.9;
const BESIDE = { minutes: 60, least: 42 } as const;
/** How far the next try is from one that did not fit, minutes. */
const RETRY = 30;
/** Fewer stretches of a kind say nothing; wider than this nothing is believed of a gap anyway. */
const LEAST_STRETCHES = 20;
const WIDEST = 2;
const COVERED = 0.95;
const Z95 = 1.959963984540054;

/**
 * Intervals that hold what they promise on this person's own measured minutes: masks stretches of 5, 15, 30 and 60 minutes
 * all over the record, an hour apart, smooths over all of them at once, and takes the quantile of |error| / deviation as the
 * interval's half-width where it is above the Gaussian's 1.96. Split conformal prediction (Lei et al. 2018, J. Am. Stat.
 * Assoc. 113:1094); the quantile's level is 0.95·(1 + 1/n) of n stretches and not of their minutes, which err together, and
 * every stretch weighs the same (groups: Dunn, Wasserman & Ramdas 2023, J. Am. Stat. Assoc. 118:2491). Widened, never
 * narrowed; worked out when first asked for.
 */
export function wideningOf(residual: Float64Array, model: () => StateSpace): Widening {
  let known: Readonly<{ short: number; long: number }> | null = null;
  return (lengthMinutes) => {
    known ??= calibrate(residual, model());
    return lengthMinutes <= SHORT_MINUTES ? known.short : known.long;
  };
}

type Masked = Readonly<{ start: number; length: number }>;

function calibrate(residual: Float64Array, model: StateSpace) {
  const stretches = chooseStretches(residual);
  const masked = residual.slice();
  for (const { start, length } of stretches) masked.fill(Number.NaN, start, start + length);
  const measured = Uint8Array.from(masked, (value) => (Number.isNaN(value) ? 0 : 1));
  const gains = kalmanGains(model, measured);
  const whole = { from: 0, to: residual.length };
  const { series, scale } = steady(gains, masked);
  const mean = smoothedMean(gains, series, whole);
  const variance = smoothedVariance(gains, whole);
  const score = (t: number) =>
    Math.abs(element(residual, t) / element(scale, t) - element(mean, t)) /
    Math.sqrt(element(variance, t));
  const factor = (wanted: (length: number) => boolean) =>
    factorOf(
      stretches.filter(({ length }) => wanted(length)),
      score,
    );
  return {
    short: factor((length) => length <= SHORT_MINUTES),
    long: factor((length) => length > SHORT_MINUTES),
  };
}

function factorOf(stretches: readonly Masked[], score: (t: number) => number): number {
  if (stretches.length < LEAST_STRETCHES) return 1;
  const scores = stretches
    .flatMap(({ start, length }) =>
      Array.from({ length }, (_, i) => ({ score: score(start + i), weight: 1 / length })),
    )
    .filter((one) => !Number.isNaN(one.score))
    .sort((a, b) => a.score - b.score);
  const total = scores.reduce((sum, { weight }) => sum + weight, 0);
  let left = COVERED * (1 + 1 / stretches.length) * total;
  const last = scores.find(({ weight }) => {
    left -= weight;
    return left <= 0;
  });
  return Math.min(WIDEST, Math.max(1, (last?.score ?? Z95) / Z95));
}

/** Where stretches are worn and measured on both sides, from the oldest on. */
function chooseStretches(residual: Float64Array): Masked[] {
  const before = new Uint32Array(residual.length + 1);
  residual.forEach((value, t) => {
    before[t + 1] = (before[t] ?? 0) + (Number.isNaN(value) ? 0 : 1);
  });
  const measured = (from: number, to: number) => (before[to] ?? 0) - (before[from] ?? 0);
  const stretches: Masked[] = [];
  const nextLength = () => LENGTHS[stretches.length % LENGTHS.length] ?? LENGTHS[0];
  let start: number = BESIDE.minutes;
  while (start + nextLength() + BESIDE.minutes <= residual.length) {
    const length = nextLength();
    const end = start + length;
    const fits =
      measured(start, end) >= LEAST_SHARE * length &&
      measured(start - BESIDE.minutes, start) >= BESIDE.least &&
      measured(end, end + BESIDE.minutes) >= BESIDE.least;
    if (fits) stretches.push({ start, length });
    start = fits ? end + APART : start + RETRY;
  }
  return stretches;
}
