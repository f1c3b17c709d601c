import type { Forecaster } from "./forecast.ts";
import type { Filled, Method } from "./impute-gap.ts";
import { imputeGap } from "./impute-gap.ts";
import { straightLine } from "./linear.ts";
import type { Gap } from "./minutes.ts";
import { at, countMeasured, mask } from "./minutes.ts";
import type { Expectation, Model } from "./model.ts";
import type { Random } from "./random.ts";
import type { Serving } from "./serving.ts";
import { BACK_TEST_LENGTHS } from "./serving.ts";
import { NOT_WIDENED } from "./widening.ts";

/** One masked gap as one method filled it; sums over its measured minutes, in bpm. */
export type BackTest = Readonly<{
  lengthMinutes: number;
  method: Method;
  minutes: number;
  absoluteError: number;
  /** The straight line's, on the same minutes. */
  linearError: number;
  /** Minutes inside the 95 % interval. */
  covered: number;
  /** Mean of (error / deviation)², on the log scale: 1 where the intervals are as wide as they should be. */
  squaredScore: number;
}>;

/** Measured share a masked stretch needs, and measured minutes of the hour on either side. */
const LEAST_SHARE = 0.9;
const LEAST_BESIDE = 42;
const TRIES = 400;

const RULES = { longestGapMinutes: 360, acrossNonWear: false } as const;

/** What may be asked of `arima` in a back-test: it costs a hundred times the smoother, so only at some lengths (minutes). */
export type Challenge = Readonly<{ forecaster: Forecaster; lengths: readonly number[] }>;

/**
 * Masks `each` worn stretches of every length in turn and fills them by the smoother and, where it may be asked, by `arima`.
 * The profile, the response and the covariance were fitted with them (a stretch is under 1 % of what was learnt from, and
 * refitting would cost a hundred times as much); the filling itself never sees them.
 */
export function backTest(
  model: Model,
  random: Random,
  each: number,
  challenge: Challenge | null,
): BackTest[] {
  return BACK_TEST_LENGTHS.flatMap((length) =>
    Array.from({ length: each }, () => drawStretch(model, length, random)).flatMap((start) =>
      start === null
        ? []
        : testStretch(
            model,
            { start, length, cause: "sensor_dropout" },
            challenge?.lengths.includes(length) ? challenge.forecaster : null,
          ),
    ),
  );
}

function drawStretch({ heartRate }: Model, length: number, random: Random): number | null {
  for (let tries = 0; tries < TRIES; tries++) {
    const start = 60 + Math.floor(random.uniform() * (heartRate.length - length - 120));
    const inside = countMeasured(heartRate, start, start + length) >= LEAST_SHARE * length;
    const left = countMeasured(heartRate, start - 60, start) >= LEAST_BESIDE;
    const right = countMeasured(heartRate, start + length, start + length + 60) >= LEAST_BESIDE;
    if (start >= 60 && inside && left && right) return start;
  }
  return null;
}

function testStretch(model: Model, gap: Gap, forecaster: Forecaster | null): BackTest[] {
  const masked = maskModel(model, gap);
  const line = straightLine(masked.heartRate, { from: gap.start, to: gap.start + gap.length });
  const methods = forecaster === null ? [null] : [null, forecaster];
  return methods.flatMap((asked) => {
    const serving = asked === null ? null : ALWAYS_ARIMA;
    const options = { rules: RULES, serving, forecaster: asked };
    const result = imputeGap(masked.heartRate, masked, gap, options);
    if ("refusal" in result || line === null) return [];
    const wanted: Method = asked === null ? "smoother" : "arima_two_sided";
    // What fell down the ladder says nothing about the method that was to be tested.
    if (result.filled.method !== wanted) return [];
    return [scoreFilled(model.heartRate, gap, result.filled, line.mean)];
  });
}

const ALWAYS_ARIMA: Serving = {
  byLength: [{ upToMinutes: 360, method: "arima_two_sided", widen: {} }],
  longestGapMinutes: 360,
  reason: "",
};

function maskModel(model: Model, { start, length }: Gap): Model {
  // Not widened: what comes out decides by how much the nights to come must be.
  const hide = (one: Expectation) => ({
    ...one,
    residual: mask(one.residual, start, length),
    widening: NOT_WIDENED,
  });
  return {
    ...model,
    heartRate: mask(model.heartRate, start, length),
    alone: hide(model.alone),
    withSteps: model.withSteps && hide(model.withSteps),
  };
}

/** Compares a filling with measured minutes; also how late truth scores what was imputed before it came. */
function scoreFilled(
  truth: Float64Array,
  { start, length }: Gap,
  { method, mean, lower, upper }: Filled,
  line: Float64Array,
): BackTest {
  const sums = { minutes: 0, absoluteError: 0, linearError: 0, covered: 0, squaredScore: 0 };
  for (let i = 0; i < length; i++) {
    const bpm = at(truth, start + i);
    if (Number.isNaN(bpm)) continue;
    const deviation = Math.log(at(upper, i) / at(lower, i)) / (2 * 1.959963984540054);
    sums.minutes++;
    sums.absoluteError += Math.abs(at(mean, i) - bpm);
    sums.linearError += Math.abs(at(line, i) - bpm);
    sums.covered += Number(at(lower, i) <= bpm && bpm <= at(upper, i));
    sums.squaredScore += (Math.log(bpm / at(mean, i)) / deviation) ** 2;
  }
  return { ...sums, lengthMinutes: length, method, squaredScore: sums.squaredScore / sums.minutes };
}
