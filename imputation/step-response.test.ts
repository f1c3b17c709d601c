import assert from "node:assert/strict";
import { test } from "node:test";
import { instantSpace } from "../testing/instant-space.ts";
import { fitStepResponse } from "./step-response.ts";

const minutes = Float64Array.from({ length: 40 }, (_, t) => t);
const first = minutes.map((t) => Math.sin(t * 0.9) + 0.2 * (t % 5));
const second = minutes.map((t) => ((t * 7) % 11) / 11);
const NOISE = instantSpace({ nugget: 0.005, components: [{ tauMinutes: 8, variance: 0.02 }] }, 40);

// statsmodels 0.15.0: GLS on standardised columns and an intercept, covariance 0.02·e^(−|l|/8) + 0.005 at lag 0, the ridge
// as three pseudo-observations (10, 10 and 1 times a coefficient are 0 with variance 1).
test("the step response is statsmodels' generalised least squares with a ridge, to 1e-9", () => {
  const residual = minutes.map(
    (t, i) =>
      0.3 * (first[i] ?? 0) -
      0.2 * (second[i] ?? 0) +
      0.1 * Math.cos(t / 6) +
      0.02 * Math.sin(3.1 * t),
  );
  const golden = [
    0.0320658687, 0.1944266063, 0.3794684362, 0.1539309315, 0.0296502234, -0.2886414519,
  ];
  const response = fitStepResponse(residual, [first, second], NOISE);
  golden.forEach((value, t) => {
    assert.ok(Math.abs((response[t] ?? Number.NaN) - value) < 1e-9, `${t}: ${response[t]}`);
  });
});

test("a feature that never changes gets no coefficient and spoils none", () => {
  const residual = first.map((value) => 0.3 * value);
  const constant = new Float64Array(40).fill(3);
  const with3 = fitStepResponse(residual, [first, constant], NOISE);
  const without = fitStepResponse(residual, [first], NOISE);
  with3.forEach((value, t) => {
    assert.ok(Math.abs(value - (without[t] ?? Number.NaN)) < 1e-12);
  });
});
