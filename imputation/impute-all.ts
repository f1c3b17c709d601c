import type { BackTest } from "./back-test.ts";
import { backTest } from "./back-test.ts";
import { cleanHeartRate } from "./clean.ts";
import type { Covariance } from "./covariance.ts";
import { drawGap } from "./draw-gap.ts";
import type { ExpectedSteps } from "./expected-steps.ts";
import { expectSteps } from "./expected-steps.ts";
import type { Forecaster } from "./forecast.ts";
import type { FillRules } from "./gap-cause.ts";
import { refuse } from "./gap-cause.ts";
import type { Imputation } from "./impute-gap.ts";
import { imputeGap } from "./impute-gap.ts";
import type { Gap, Minutes } from "./minutes.ts";
import type { Model } from "./model.ts";
import { fitModel } from "./model.ts";
import { seededRandom } from "./random.ts";
import type { Serving } from "./serving.ts";
import { judgedBy } from "./serving.ts";

/** All gaps of one participant, and what is asked besides. Everything in it can be sent to a thread. */
export type ImputeTask = Readonly<{
  minutes: Minutes;
  gaps: readonly Gap[];
  rules: FillRules;
  serving: Serving | null;
  /** How many stretches of each length to mask, or null for no back-test. */
  backTest: Readonly<{ seed: string; each: number }> | null;
  /** How many draws of each filled gap; the seed is the gap's. */
  draws: Readonly<{ count: number; seeds: readonly string[] }> | null;
}>;

export type Imputed = Readonly<{
  /** One a gap, in their order. */
  imputations: readonly Imputation[];
  tests: readonly BackTest[];
  /** For each gap the steps that were probably walked; null where they are known or cannot be expected. */
  expectedSteps: readonly (ExpectedSteps | null)[];
  /** What was fitted, for the record; null where nothing may be filled or too little was measured. */
  model: Readonly<{ alone: Covariance; withSteps: Covariance | null }> | null;
  /** For each gap its draws; empty where it was refused or none were asked for. */
  draws: readonly (readonly Float64Array[])[];
}>;

/**
 * Fits one participant's model once and fills every gap with it; where every gap is refused for its cause or length nothing
 * is fitted. Deterministic: the same task, the same values.
 */
export function imputeAll(task: ImputeTask, forecaster: Forecaster | null): Imputed {
  const { minutes, gaps, rules, serving } = task;
  const heartRate = cleanHeartRate(minutes.heartRate);
  const allowed = gaps.filter(({ cause, length }) => refuse(cause, length, rules) === null);
  const model = allowed.length > 0 ? fitModel(minutes) : null;
  const imputations = gaps.map((gap) =>
    imputeGap(heartRate, model, gap, { rules, serving, forecaster }),
  );
  return {
    imputations,
    expectedSteps: gaps.map((gap) => expectSteps(minutes, gap)),
    tests: test(task, model, allowed, forecaster),
    model: model && {
      alone: model.alone.covariance,
      withSteps: model.withSteps?.covariance ?? null,
    },
    draws: gaps.map((gap, i) => drawFilled(task, model, gap, imputations[i], i)),
  };
}

/** `arima` is challenged at the lengths of these gaps only: about others nothing has to be decided tonight. */
function test(
  { backTest: wanted }: ImputeTask,
  model: Model | null,
  allowed: readonly Gap[],
  forecaster: Forecaster | null,
): BackTest[] {
  if (model === null || wanted === null) return [];
  const lengths = allowed.flatMap(({ length }) => judgedBy(length) ?? []);
  const challenge = forecaster && { forecaster, lengths };
  return backTest(model, seededRandom(wanted.seed), wanted.each, challenge);
}

function drawFilled(
  { draws }: ImputeTask,
  model: Model | null,
  gap: Gap,
  imputation: Imputation | undefined,
  i: number,
): Float64Array[] {
  const filled = imputation !== undefined && "filled" in imputation;
  if (draws === null || model === null || !filled) return [];
  return drawGap(model, gap, draws.seeds[i] ?? "", draws.count);
}
