import { PLAUSIBLE_BPM } from "./clean.ts";
import type { Forecaster } from "./forecast.ts";
import { forecastForward, forecastTwoSided } from "./forecast.ts";
import type { FillRules, Refusal } from "./gap-cause.ts";
import { refuse, wornBy } from "./gap-cause.ts";
import type { Path } from "./linear.ts";
import { straightLine } from "./linear.ts";
import type { Gap } from "./minutes.ts";
import { at, countMeasured } from "./minutes.ts";
import type { Expectation, Model } from "./model.ts";
import type { Serving } from "./serving.ts";
import { servingFor } from "./serving.ts";
import { smoothWindow } from "./window.ts";

export type Method = "linear" | "smoother" | "arima_two_sided" | "arima_forward";

/** A gap that was filled: bpm by minute, with the interval that should hold 95 % of single measured minutes. */
export type Filled = Readonly<{
  method: Method;
  /** Nothing lay to the right yet: another run will do better. */
  provisional: boolean;
  withSteps: boolean;
  mean: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
  /** Methods above it on the ladder that were not taken, with the reason. */
  passedOver: readonly Readonly<{ method: Method; reason: string }>[];
}>;

export type Imputation = Readonly<{ filled: Filled } | { refusal: Refusal }>;

export type ImputeOptions = Readonly<{
  rules: FillRules;
  /** What the back-test found; null before there was one. */
  serving: Serving | null;
  /** Null where `arima` may not be asked, e.g. after it ran out of time. */
  forecaster: Forecaster | null;
}>;

/** Up to here a straight line is as good as anything; and without a model it may go so far. Minutes. */
const LINEAR_ALWAYS = 2;
const LINEAR_WITHOUT_MODEL = 15;
/** Measured minutes needed among so many beside the gap. */
const SIDE = { least: 30, of: 180 } as const;
const Z95 = 1.959963984540054;

/** Fills one gap, or says why not. `heartRate` is cleaned, the gap itself missing; `model` was fitted on the same. */
export function imputeGap(
  heartRate: Float64Array,
  model: Model | null,
  gap: Gap,
  options: ImputeOptions,
): Imputation {
  const refusal =
    refuse(gap.cause, gap.length, options.rules) ?? refuseByServing(gap, options.serving);
  if (refusal !== null) return { refusal };
  const ladder = chooseLadder(heartRate, model, gap, options);
  const passedOver: { method: Method; reason: string }[] = [];
  for (const { method, run } of ladder.rungs) {
    const result = attempt(run);
    if (typeof result !== "string")
      return { filled: { ...result, method, passedOver, ...ladder.facts } };
    passedOver.push({ method, reason: result });
  }
  const last = passedOver.at(-1)?.reason ?? "too little was measured around it";
  return { refusal: { pending: false, reason: `no method could fill it: ${last}` } };
}

function refuseByServing({ length }: Gap, serving: Serving | null): Refusal | null {
  if (serving === null || length <= serving.longestGapMinutes) return null;
  return { pending: false, reason: serving.reason };
}

type Interval = Pick<Filled, "mean" | "lower" | "upper">;
type Rung = Readonly<{ method: Method; run: () => Interval }>;
type Ladder = Readonly<{
  rungs: readonly Rung[];
  facts: Pick<Filled, "provisional" | "withSteps">;
}>;

function chooseLadder(
  heartRate: Float64Array,
  model: Model | null,
  gap: Gap,
  { serving, forecaster }: ImputeOptions,
): Ladder {
  const stretch = { from: gap.start, to: gap.start + gap.length };
  const linear: Rung = {
    method: "linear",
    run: () => inBeats(straightLine(heartRate, stretch), null),
  };
  const left = countMeasured(heartRate, gap.start - SIDE.of, gap.start) >= SIDE.least;
  const right = countMeasured(heartRate, stretch.to, stretch.to + SIDE.of) >= SIDE.least;
  const lineOnly = { rungs: gap.length <= LINEAR_WITHOUT_MODEL ? [linear] : [] };
  const plain = { provisional: false, withSteps: false };
  if (gap.length <= LINEAR_ALWAYS || model === null || !left) return { ...lineOnly, facts: plain };
  const { expectation, withSteps } = chooseExpectation(model, gap);
  const rungs = modelRungs(expectation, gap, serving, forecaster);
  if (!right)
    return { rungs: [rungs.forward, rungs.smoother], facts: { provisional: true, withSteps } };
  const order = [rungs.smoother, rungs.twoSided];
  if (servingFor(serving, gap.length).method === "arima_two_sided") order.reverse();
  return { rungs: [...order, ...lineOnly.rungs], facts: { provisional: false, withSteps } };
}

/** With steps only where they are known throughout the gap and wear is proven, by its cause or by a step. */
export function chooseExpectation(
  { alone, withSteps, steps }: Model,
  { start, length, cause }: Gap,
): Readonly<{ expectation: Expectation; withSteps: boolean }> {
  const inside = steps.subarray(start, start + length);
  const known = inside.every((count) => !Number.isNaN(count));
  const worn = wornBy(cause) || inside.some((count) => count > 0);
  if (withSteps === null || !known || !worn) return { expectation: alone, withSteps: false };
  return { expectation: withSteps, withSteps: true };
}

function modelRungs(
  { expected, residual, space, widening }: Expectation,
  { start, length }: Gap,
  serving: Serving | null,
  forecaster: Forecaster | null,
): Record<"smoother" | "twoSided" | "forward", Rung> {
  const stretch = { from: start, to: start + length };
  const base = expected.subarray(start, start + length);
  const scale = (method: Method) =>
    Math.max(
      servingFor(serving, length).widen[method] ?? 1,
      method === "smoother" ? widening(length) : 1,
    );
  const ask = () => {
    if (forecaster === null) throw new Error("arima was not available");
    return forecaster;
  };
  const rung = (method: Method, path: () => Path): Rung => ({
    method,
    run: () => inBeats(path(), base, scale(method)),
  });
  return {
    smoother: rung("smoother", () => smoothWindow(residual, space(), stretch)),
    twoSided: rung("arima_two_sided", () => forecastTwoSided(residual, stretch, ask())),
    forward: rung("arima_forward", () => forecastForward(residual, stretch, ask())),
  };
}

/** Turns a path into bpm: as it is, or the exponential of it and what is expected (median and quantiles carry over). */
function inBeats(path: Path | null, expected: Float64Array | null, widen = 1): Interval {
  if (path === null) throw new Error("one side has no measurement");
  const beats = (z: number) =>
    path.mean.map((value, i) => {
      const shifted = value + z * widen * at(path.deviation, i);
      return expected === null ? shifted : Math.exp(shifted + at(expected, i));
    });
  const clamp = (bpm: number) =>
    Math.min(PLAUSIBLE_BPM.highest, Math.max(PLAUSIBLE_BPM.lowest, bpm));
  const mean = beats(0);
  if (!mean.every((bpm) => bpm >= PLAUSIBLE_BPM.lowest && bpm <= PLAUSIBLE_BPM.highest))
    throw new Error("an implausible value");
  return { mean, lower: beats(-Z95).map(clamp), upper: beats(Z95).map(clamp) };
}

/** The result, or why there is none. A method that fails is a rung passed over, recorded, never an error of the run. */
function attempt(run: () => Interval): Interval | string {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
