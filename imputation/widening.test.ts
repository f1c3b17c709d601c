import assert from "node:assert/strict";
import { test } from "node:test";
import { fitDailyCovariance } from "./daily-covariance.ts";
import { seededRandom } from "./random.ts";
import { dailyStateSpace } from "./state-space.ts";
import { wideningOf } from "./widening.ts";

const minuteOfDay = Uint16Array.from({ length: 14 * 1440 }, (_, t) => t % 1440);

/** A wave of 20 minutes and noise by minute, which `noise` makes. */
function residualOf(noise: () => number, seed: string): Float64Array {
  const random = seededRandom(seed);
  let wave = 0;
  return Float64Array.from(minuteOfDay, () => {
    wave = Math.exp(-1 / 20) * wave + 0.02 * random.normal();
    return wave + 0.02 * noise();
  });
}

function widening(residual: Float64Array) {
  return wideningOf(
    residual,
    dailyStateSpace(fitDailyCovariance(residual, minuteOfDay), minuteOfDay),
  );
}

test("short gaps of somebody whose pulse has wild hours get wider intervals, those of a calm one hardly", () => {
  const random = seededRandom("noise");
  let hour = 0;
  let wild = 1;
  const calm = widening(residualOf(() => random.normal(), "calm"))(5);
  const wildHours = widening(
    residualOf(() => {
      if (hour++ % 60 === 0) wild = random.uniform() < 0.2 ? 4 : 0.3;
      return wild * random.normal();
    }, "wild"),
  )(5);
  assert.ok(calm >= 1 && calm < 1.1, `${calm}`);
  assert.ok(wildHours > 1.15, `${wildHours}`);
});

test("longer gaps, and records too short to judge, are left as the model says", () => {
  const random = seededRandom("short");
  const residual = residualOf(() => random.normal() ** 3, "short");
  assert.equal(widening(residual)(6), 1);
  const short = residual.slice().fill(Number.NaN, 1440);
  assert.equal(widening(short)(5), 1);
});
