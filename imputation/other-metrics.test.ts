import assert from "node:assert/strict";
import { test } from "node:test";
import { carryDailyValues } from "./daily-values.ts";
import { carrySteps, expectSteps } from "./expected-steps.ts";
import type { Gap, Minutes } from "./minutes.ts";
import { fillStages } from "./sleep-stages.ts";

/** Eight worn days on which `walked` steps fall into the half hour from noon on. */
function noons(walked: readonly number[]): Minutes {
  const length = walked.length * 1440;
  const steps = new Float64Array(length);
  walked.forEach((count, day) => {
    steps[day * 1440 + 725] = count;
  });
  return {
    heartRate: new Float64Array(length).fill(70),
    steps,
    minuteOfDay: Uint16Array.from({ length }, (_, t) => t % 1440),
  };
}
const NOON: Gap = { start: 720, length: 30, cause: "device_memory_exceeded" };

test("whatever was counted before, the carried counter adds no step", () => {
  assert.deepEqual([...carrySteps(4321, 3)], [4321, 4321, 4321]);
});

test("the expected total is the mean of other days at that time, inside their interval", () => {
  assert.deepEqual(expectSteps(noons([0, 0, 100, 200, 300, 400]), NOON), {
    total: 200,
    lower: 0,
    upper: 400,
    days: 5,
  });
});

test("days on which nothing was worn then say nothing, and four days are too few", () => {
  const minutes = noons([0, 0, 100, 200, 300, 400]);
  minutes.heartRate.fill(Number.NaN, 1440 + 720, 1440 + 750);
  assert.equal(expectSteps(minutes, NOON), null);
});

for (const [why, gap] of [
  ["nothing was worn", { ...NOON, cause: "not_worn" }],
  ["the truth may still come", { ...NOON, cause: "not_yet_synced" }],
  ["the steps are known", { ...NOON, cause: "sensor_dropout" }],
  ["the gap is longer than two hours", { ...NOON, length: 121 }],
] as const)
  test(`no steps are expected where ${why}`, () => {
    assert.equal(expectSteps(noons([0, 0, 100, 200, 300, 400]), gap), null);
  });

test("a step counted inside is known, and nothing is expected beside it", () => {
  assert.equal(expectSteps(noons([9, 0, 100, 200, 300, 400]), NOON), null);
});

test("a stage is held through five silent minutes between equal sides", () => {
  const silent = [null, null, null, null, null];
  const filled = fillStages(["deep", ...silent, "deep"]);
  assert.deepEqual(filled, [null, ...silent.map(() => ({ stage: "deep", held: true })), null]);
});

test("six silent minutes are unknown", () => {
  const silent = new Array(6).fill(null);
  assert.deepEqual(fillStages(["deep", ...silent, "deep"])[3], { stage: "unknown", held: false });
});

test("between different stages, and at a session's ends, nothing is held", () => {
  assert.deepEqual(fillStages([null, "rem", null, "deep", null]), [
    { stage: "unknown", held: false },
    null,
    { stage: "unknown", held: false },
    null,
    { stage: "unknown", held: false },
  ]);
});

test("a resting heart rate is shown again for three days and no longer", () => {
  assert.deepEqual(carryDailyValues("resting_heart_rate", [61, null, null, null, null]), [
    null,
    { value: 61, daysOld: 1 },
    { value: 61, daysOld: 2 },
    { value: 61, daysOld: 3 },
    null,
  ]);
});

for (const metric of ["heart_rate_variability", "oxygen_saturation", "calories", "distance"])
  test(`${metric} is never carried`, () => {
    assert.deepEqual(carryDailyValues(metric, [5, null]), [null, null]);
  });

test("nothing is carried backwards", () => {
  assert.deepEqual(carryDailyValues("weight", [null, 70]), [null, null]);
});
