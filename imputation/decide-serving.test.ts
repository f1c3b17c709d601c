import assert from "node:assert/strict";
import { test } from "node:test";
import { simulatedMinutes } from "../testing/simulated-minutes.ts";
import type { BackTest } from "./back-test.ts";
import { backTest } from "./back-test.ts";
import { decideServing } from "./decide-serving.ts";
import { fitModel } from "./model.ts";
import { seededRandom } from "./random.ts";
import { BACK_TEST_LENGTHS, servingFor } from "./serving.ts";

const tested = (lengthMinutes: number, change: Partial<BackTest> = {}): BackTest[] =>
  Array.from({ length: 20 }, () => ({
    lengthMinutes,
    method: "smoother",
    minutes: 10,
    absoluteError: 30,
    linearError: 40,
    covered: 10,
    squaredScore: 0.9,
    ...change,
  }));

const everywhere = BACK_TEST_LENGTHS.flatMap((length) => tested(length));

test("nineteen masked gaps of a length are too few to end it", () => {
  const bad = tested(5, { covered: 1 }).slice(1);
  assert.equal(decideServing(bad).longestGapMinutes, 360);
});

test("before anything was tested the smoother serves every length", () => {
  const serving = decideServing([]);
  assert.equal(serving.longestGapMinutes, 360);
  assert.equal(servingFor(serving, 200).method, "smoother");
});

test("a length whose intervals fail ends what may be filled, with the figures as the reason", () => {
  const serving = decideServing([
    ...everywhere.filter(({ lengthMinutes }) => lengthMinutes !== 60),
    ...tested(60, { covered: 8 }),
  ]);
  assert.equal(serving.longestGapMinutes, 30);
  assert.match(
    serving.reason,
    /at 60 minutes: error 0\.75 of a straight line's, intervals hold 80 %/,
  );
});

test("a length at which the line is better by a tenth ends it too", () => {
  const worse = tested(5, { absoluteError: 45 });
  assert.equal(decideServing(worse).longestGapMinutes, 0);
});

test("the challenger takes over a length where it is clearly better, and only there", () => {
  const better = tested(30, { method: "arima_two_sided", absoluteError: 20 });
  const serving = decideServing([...everywhere, ...better]);
  assert.equal(servingFor(serving, 30).method, "arima_two_sided");
  assert.equal(servingFor(serving, 15).method, "smoother");
});

test("a difference within chance changes nothing", () => {
  const equal = tested(30, { method: "arima_two_sided", absoluteError: 29 });
  assert.equal(servingFor(decideServing([...everywhere, ...equal]), 30).method, "smoother");
});

test("intervals that prove too narrow are widened, and never narrowed", () => {
  const serving = decideServing([...tested(5, { squaredScore: 1.44 }), ...tested(15)]);
  assert.ok(Math.abs((servingFor(serving, 5).widen["smoother"] ?? 0) - 1.2) < 1e-9);
  assert.equal(servingFor(serving, 15).widen["smoother"], 1);
});

test("masked gaps of a process the model describes are covered and beat the line", () => {
  const model = fitModel(simulatedMinutes(8, "back-test"));
  assert.ok(model !== null);
  const tests = backTest(model, seededRandom("masks"), 20, null);
  assert.equal(tests.length, 20 * BACK_TEST_LENGTHS.length);
  assert.equal(decideServing(tests).longestGapMinutes, 360);
});
