import { cleanHeartRate } from "../imputation/clean.ts";
import { drawGap } from "../imputation/draw-gap.ts";
import { imputeGap } from "../imputation/impute-gap.ts";
import type { Gap, Minutes } from "../imputation/minutes.ts";
import { mask } from "../imputation/minutes.ts";
import type { Model } from "../imputation/model.ts";
import { fitModel } from "../imputation/model.ts";
import type { Case } from "./imputation-cases.ts";
import { judgeWear } from "./imputation-wear.ts";

const OPTIONS = {
  rules: { longestGapMinutes: 360, acrossNonWear: false },
  serving: null,
  forecaster: null,
} as const;

/** Answers one case as the scorer reads it, with steps and without: everything is fitted with the gap masked. */
export function answer(
  minutes: Minutes,
  features: readonly Float64Array[],
  { id, startMinute, length }: Case,
): Readonly<{ withSteps: string; alone: string }> {
  const began = performance.now();
  const heartRate = mask(minutes.heartRate, startMinute, length);
  const masked = { ...minutes, heartRate };
  const cause = judgeWear(masked, { start: startMinute, length });
  const gap: Gap = { start: startMinute, length, cause };
  const model = cause === "not_worn" ? null : fitModel(masked, features);
  const say = (fitted: Model | null) => {
    const result = imputeGap(cleanHeartRate(heartRate), fitted, gap, OPTIONS);
    if ("refusal" in result) return JSON.stringify({ id, refused: result.refusal.reason });
    const { mean, lower, upper, method } = result.filled;
    const [draw] = fitted === null ? [] : drawGap(fitted, gap, id, 1);
    const ms = Math.round((performance.now() - began) * 10) / 10;
    const rounded = Object.entries({ mean, lower, upper, draw }).map(([key, path]) => [
      key,
      path && Array.from(path, (bpm) => Math.round(bpm * 100) / 100),
    ]);
    return JSON.stringify({ id, method, ms, ...Object.fromEntries(rounded) });
  };
  return { withSteps: say(model), alone: say(model && { ...model, withSteps: null }) };
}
