import assert from "node:assert/strict";
import { test } from "node:test";
import { ACTIVITY_LEVELS, activityLevels } from "./activity.ts";
import { covariancesByActivity } from "./activity-covariance.ts";
import { covarianceAt } from "./covariance.ts";
import { hourlyCovariances, lagProducts } from "./daily-covariance.ts";
import { seededRandom } from "./random.ts";

const DAY = 1440;
const minuteOfDay = Uint16Array.from({ length: 10 * DAY }, (_, t) => t % DAY);

test("a walk of twenty minutes raises the level of its minutes most, before and after it less, and far away not at all", () => {
  const steps = new Float64Array(200).fill(0).fill(110, 100, 120);
  const levels = activityLevels(steps);
  assert.deepEqual([levels[110], levels[122], levels[130], levels[160]], [4, 3, 2, 0]);
  assert.deepEqual([levels[97], levels[89], levels[40]], [3, 2, 0]);
});

test("unknown steps are no activity", () => {
  assert.deepEqual([...activityLevels(new Float64Array(3).fill(Number.NaN))], [0, 0, 0]);
});

test("noise that comes with walking is found where people walk, and slow waves are as large as everywhere", () => {
  const random = seededRandom("walks");
  const steps = Float64Array.from(minuteOfDay, (_, t) => (t % 120 < 40 ? 100 : 0));
  const levels = activityLevels(steps);
  let wave = 0;
  const residual = Float64Array.from(levels, (level) => {
    wave = Math.exp(-1 / 200) * wave + 0.01 * random.normal();
    return wave + (level === 4 ? 0.08 : 0.02) * random.normal();
  });
  const hours = hourlyCovariances(lagProducts(residual, minuteOfDay));
  const byLevel = covariancesByActivity(hours, residual, minuteOfDay, levels);
  assert.equal(byLevel.length, ACTIVITY_LEVELS);
  const noise = (level: number) => {
    const covariance = byLevel[level]?.[12];
    assert.ok(covariance);
    return covarianceAt(covariance, 0) - covarianceAt(covariance, 1);
  };
  assert.ok(Math.abs(Math.sqrt(noise(4)) - 0.08) < 0.006, `${noise(4)}`);
  assert.ok(Math.abs(Math.sqrt(noise(0)) - 0.02) < 0.006, `${noise(0)}`);
  const slow = (level: number) => byLevel[level]?.[12]?.components.slice(3);
  assert.deepEqual(slow(4), slow(0));
});
