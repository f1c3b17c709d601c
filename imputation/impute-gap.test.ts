import assert from "node:assert/strict";
import { test } from "node:test";
import { simulatedMinutes } from "../testing/simulated-minutes.ts";
import { cleanHeartRate } from "./clean.ts";
import { drawGap } from "./draw-gap.ts";
import type { Forecaster } from "./forecast.ts";
import type { ImputeOptions } from "./impute-gap.ts";
import { imputeGap } from "./impute-gap.ts";
import type { Gap, Minutes } from "./minutes.ts";
import { at, mask } from "./minutes.ts";
import { fitModel } from "./model.ts";

const OPTIONS: ImputeOptions = {
  rules: { longestGapMinutes: 360, acrossNonWear: false },
  serving: null,
  forecaster: null,
};
const minutes = simulatedMinutes(6, "impute");
/** Noon of the fourth day. */
const NOON = 3 * 1440 + 720;
const gapOf = (length: number, cause: Gap["cause"] = "sensor_dropout"): Gap => ({
  start: NOON,
  length,
  cause,
});

function fill(gap: Gap, options: Partial<ImputeOptions> = {}, whole: Minutes = minutes) {
  const masked = { ...whole, heartRate: mask(whole.heartRate, gap.start, gap.length) };
  const model = fitModel(masked);
  return imputeGap(cleanHeartRate(masked.heartRate), model, gap, { ...OPTIONS, ...options });
}

function filled(...input: Parameters<typeof fill>) {
  const result = fill(...input);
  assert.ok("filled" in result, JSON.stringify(result));
  return result.filled;
}

function error(path: Float64Array): number {
  return path.reduce((sum, bpm, i) => sum + Math.abs(bpm - at(minutes.heartRate, NOON + i)), 0);
}

const flat: Forecaster = (_, length) => ({
  mean: new Float64Array(length),
  variance: Float64Array.from({ length }, (__, i) => 0.01 * (i + 1)),
});
const broken: Forecaster = () => {
  throw new Error("it blew up");
};

test("a gap of two minutes is a straight line", () => {
  assert.equal(filled(gapOf(2)).method, "linear");
});

test("a worn gap of three minutes is the smoother's, with steps", () => {
  const { method, withSteps } = filled(gapOf(3));
  assert.deepEqual({ method, withSteps }, { method: "smoother", withSteps: true });
});

test("over four hours with steps the smoother is nearer to the truth than without", () => {
  const gap = gapOf(240);
  const unknown = {
    ...minutes,
    steps: mask(minutes.steps, gap.start, gap.length),
  };
  assert.ok(error(filled(gap).mean) < error(filled(gap, {}, unknown).mean));
});

test("zeros of the step counter are not believed where wear is not proven", () => {
  const still = { ...minutes, steps: minutes.steps.slice().fill(0, NOON, NOON + 10) };
  assert.equal(filled(gapOf(10, "short_unknown"), {}, still).withSteps, false);
  assert.equal(filled(gapOf(10, "sensor_dropout"), {}, still).withSteps, true);
});

test("a single step inside proves wear", () => {
  const steps = minutes.steps.slice().fill(0, NOON, NOON + 10);
  steps[NOON + 4] = 7;
  assert.equal(filled(gapOf(10, "short_unknown"), {}, { ...minutes, steps }).withSteps, true);
});

test("S91: the gap's own minutes leave no trace in what fills it", () => {
  const other = { ...minutes, heartRate: minutes.heartRate.slice().fill(180, NOON, NOON + 30) };
  assert.deepEqual(filled(gapOf(30)), filled(gapOf(30), {}, other));
});

test("where the back-test says so, arima serves", () => {
  const serving = {
    byLength: [{ upToMinutes: 360, method: "arima_two_sided", widen: {} }],
    longestGapMinutes: 360,
    reason: "",
  } as const;
  assert.equal(filled(gapOf(30), { serving, forecaster: flat }).method, "arima_two_sided");
});

test("when arima fails the next rung serves and the failure stands in the record", () => {
  const serving = {
    byLength: [{ upToMinutes: 360, method: "arima_two_sided", widen: {} }],
    longestGapMinutes: 360,
    reason: "",
  } as const;
  const { method, passedOver } = filled(gapOf(30), { serving, forecaster: broken });
  assert.equal(method, "smoother");
  assert.deepEqual(passedOver, [{ method: "arima_two_sided", reason: "it blew up" }]);
});

test("beyond what the back-test allows a gap is refused with the back-test's reason", () => {
  const serving = { byLength: [], longestGapMinutes: 15, reason: "back-tests at 30 minutes: bad" };
  assert.deepEqual(fill(gapOf(16), { serving }), {
    refusal: { pending: false, reason: "back-tests at 30 minutes: bad" },
  });
});

/** The record ends right after the gap. */
function liveEdge(length: number): Minutes {
  const end = NOON + length;
  return {
    heartRate: minutes.heartRate.slice(0, end),
    steps: minutes.steps.slice(0, end),
    minuteOfDay: minutes.minuteOfDay.slice(0, end),
  };
}

test("at the live edge arima forecasts, and the values are provisional", () => {
  const { method, provisional } = filled(gapOf(30), { forecaster: flat }, liveEdge(30));
  assert.deepEqual({ method, provisional }, { method: "arima_forward", provisional: true });
});

test("at the live edge without arima the smoother forecasts, still provisional", () => {
  const { method, provisional } = filled(gapOf(30), { forecaster: broken }, liveEdge(30));
  assert.deepEqual({ method, provisional }, { method: "smoother", provisional: true });
});

test("with less than a day measured only a quarter of an hour is filled, by a straight line", () => {
  const day = { start: 600, cause: "sensor_dropout" } as const;
  const short = {
    heartRate: minutes.heartRate.slice(0, 1400),
    steps: minutes.steps.slice(0, 1400),
    minuteOfDay: minutes.minuteOfDay.slice(0, 1400),
  };
  assert.equal(filled({ ...day, length: 15 }, {}, short).method, "linear");
  assert.ok("refusal" in fill({ ...day, length: 16 }, {}, short));
});

test("no value is implausible or not a number, and every interval holds its mean", () => {
  for (const length of [1, 5, 60, 360]) {
    const { mean, lower, upper } = filled(gapOf(length));
    for (const i of mean.keys()) {
      assert.ok(at(lower, i) >= 25 && at(upper, i) <= 230);
      assert.ok(at(lower, i) <= at(mean, i) && at(mean, i) <= at(upper, i));
    }
  }
});

test("95 % intervals hold nearly 95 % of a process the model describes", () => {
  let inside = 0;
  let all = 0;
  const model = fitModel(minutes);
  assert.ok(model !== null);
  for (let start = 1500; start < 6 * 1440 - 800; start += 397) {
    const gap: Gap = { start, length: 30, cause: "sensor_dropout" };
    const result = imputeGap(mask(minutes.heartRate, start, 30), model, gap, OPTIONS);
    assert.ok("filled" in result);
    for (let i = 0; i < 30; i++) {
      const truth = at(minutes.heartRate, start + i);
      inside += Number(at(result.filled.lower, i) <= truth && truth <= at(result.filled.upper, i));
      all++;
    }
  }
  assert.ok(inside / all > 0.91 && inside / all < 0.99, `${inside} of ${all}`);
});

test("twenty draws come again from their seed and none equals another", () => {
  const model = fitModel(minutes);
  assert.ok(model !== null);
  const draws = drawGap(model, gapOf(30), "study/P1/noon", 20);
  assert.deepEqual(draws, drawGap(model, gapOf(30), "study/P1/noon", 20));
  assert.equal(new Set(draws.map((draw) => draw.join())).size, 20);
});
