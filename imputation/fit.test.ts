import assert from "node:assert/strict";
import { test } from "node:test";
import { instantSpace } from "../testing/instant-space.ts";
import { simulatedMinutes } from "../testing/simulated-minutes.ts";
import { covarianceAt, fitCovariance } from "./covariance.ts";
import { dailyProfile } from "./daily-profile.ts";
import { at } from "./minutes.ts";
import { fitModel } from "./model.ts";
import { seededRandom } from "./random.ts";
import { solvePositive } from "./solve-positive.ts";
import { kalmanGains } from "./state-space.ts";
import { whitenedGram } from "./whitened-gram.ts";

test("the profile is the median of its neighbourhood, and its day is a circle", () => {
  const minuteOfDay = Uint16Array.from({ length: 14_400 }, (_, t) => t % 1440);
  const values = Float64Array.from(minuteOfDay, (minute) => (minute < 720 ? 4 : 5));
  const profile = dailyProfile(values, minuteOfDay);
  assert.ok(Math.abs(at(profile, 360) - 4) < 0.1);
  assert.ok(Math.abs(at(profile, 1080) - 5) < 0.1);
  assert.ok(at(profile, 1435) > 4.2 && at(profile, 1435) < 5);
});

test("one day's outlier does not move the profile", () => {
  const minuteOfDay = Uint16Array.from({ length: 14_400 }, (_, t) => t % 1440);
  const values = Float64Array.from(minuteOfDay, () => 4);
  values.fill(9, 700, 740);
  assert.equal(at(dailyProfile(values, minuteOfDay), 720), 4);
});

test("nothing measured has no profile", () => {
  assert.throws(() => dailyProfile(new Float64Array(10).fill(Number.NaN), new Uint16Array(10)));
});

test("a simulated AR(1) with noise is found again: its variance and what it is at later lags", () => {
  const random = seededRandom("covariance");
  let state = 0;
  const series = new Float64Array(40_000).map(() => {
    state = Math.exp(-1 / 20) * state + 0.1 * Math.sqrt(1 - Math.exp(-2 / 20)) * random.normal();
    return state + 0.05 * random.normal();
  });
  const covariance = fitCovariance(series);
  const close = (lag: number, wanted: number) => {
    assert.ok(Math.abs(covarianceAt(covariance, lag) / wanted - 1) < 0.1, `${lag}`);
  };
  close(0, 0.0125);
  for (const lag of [1, 5, 20]) close(lag, 0.01 * Math.exp(-lag / 20));
});

test("whitened products are those of a Cholesky-whitened regression", () => {
  const random = seededRandom("gram");
  const model = instantSpace({ nugget: 0.3, components: [{ tauMinutes: 5, variance: 1 }] }, 23);
  const measured = Uint8Array.from({ length: 23 }, (_, t) => (t === 4 || t > 17 ? 0 : 1));
  const values = [0, 1].map(() => new Float64Array(23).map(() => random.normal()));
  const columns = values.map((column) => ({ values: column, mean: 0, deviation: 1 }));
  const gram = whitenedGram(kalmanGains(model, measured), columns);
  const seen = [...measured.keys()].filter((t) => measured[t] === 1);
  const lower = seen.map((a, i) =>
    Float64Array.from(seen.slice(0, i + 1), (b) => Math.exp(-(a - b) / 5) + (a === b ? 0.3 : 0)),
  );
  const [x, y] = values.map((column) => Float64Array.from(seen, (t) => at(column, t)));
  assert.ok(x && y);
  const direct = solvePositive(lower, y).reduce((sum, value, i) => sum + value * at(x, i), 0);
  assert.ok(Math.abs(at(gram[1] ?? x, 0) - direct) < 1e-9);
});

test("the step response is found: a walking minute expects more beats than a resting one", () => {
  const minutes = simulatedMinutes(8, "response");
  const model = fitModel(minutes);
  const expected = model?.withSteps?.expected;
  assert.ok(expected);
  const mean = (walking: boolean) => {
    const chosen = expected.filter((_, t) => at(minutes.steps, t) > 0 === walking);
    return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
  };
  assert.ok(mean(true) - mean(false) > 0.15);
});

test("less than a day's minutes make no model", () => {
  const { heartRate, steps, minuteOfDay } = simulatedMinutes(1, "short");
  assert.equal(fitModel({ heartRate: heartRate.fill(Number.NaN, 0, 1), steps, minuteOfDay }), null);
});
