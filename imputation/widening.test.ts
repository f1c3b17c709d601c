import assert from "node:assert/strict";
import { test } from "node:test";
import { hourlyCovariances, lagProducts } from "./daily-covariance.ts";
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
  return wideningOf(residual, () =>
    dailyStateSpace([hourlyCovariances(lagProducts(residual, minuteOfDay))], minuteOfDay, null),
  );
}

test("gaps of somebody whose minutes are mostly calm and sometimes wild get wider intervals, short and long, those of a calm one hardly", () => {
  const random = seededRandom("noise");
  const calm = widening(residualOf(() => random.normal(), "calm"));
  const wildTimes = widening(
    residualOf(() => (random.uniform() < 0.2 ? 4 : 0.3) * random.normal(), "wild"),
  );
  for (const length of [5, 60]) {
    assert.ok(calm(length) >= 1 && calm(length) < 1.1, `calm ${length}: ${calm(length)}`);
    assert.ok(wildTimes(length) > 1.1, `wild ${length}: ${wildTimes(length)}`);
  }
});

test("records too short to judge are left as the model says", () => {
  const random = seededRandom("short");
  const residual = residualOf(() => random.normal() ** 3, "short");
  const short = widening(residual.fill(Number.NaN, 1440));
  assert.deepEqual([short(5), short(60)], [1, 1]);
});
