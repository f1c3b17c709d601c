import assert from "node:assert/strict";
import { test } from "node:test";
import { carryDailyValues } from "./daily-values.ts";
import { imputeSteps } from "./expected-steps.ts";
import { seededRandom } from "./random.ts";
import { fillStages } from "./sleep-stages.ts";

test("whatever other days say, the carried counter adds no step", () => {
  for (let run = 0; run < 50; run++) {
    const random = seededRandom(`steps ${run}`);
    const before = Math.round(12_000 * random.uniform());
    const days = Float64Array.from({ length: run }, () => Math.round(3000 * random.uniform()));
    const { carried } = imputeSteps(before, 1 + run, days);
    assert.ok(carried.every((count) => count === before));
  }
});

test("the expected total is the other days' mean, inside their interval", () => {
  const { expected } = imputeSteps(10, 30, Float64Array.of(0, 100, 200, 300, 400));
  assert.deepEqual(expected, { total: 200, lower: 0, upper: 400, days: 5 });
});

test("four other days are too few to expect anything", () => {
  assert.equal(imputeSteps(10, 30, Float64Array.of(0, 100, 200, 300)).expected, null);
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
