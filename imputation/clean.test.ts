import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanHeartRate } from "./clean.ts";

const missing = (minutes: number) => new Array<number>(minutes).fill(Number.NaN);
const clean = (...parts: readonly (readonly number[])[]) => [
  ...cleanHeartRate(Float64Array.from(parts.flat())),
];

test("exact 70s on either side of a gap of more than 30 minutes are the tracker's, not the heart's", () => {
  const cleaned = clean([81, 70], missing(31), [70, 70, 82]);
  assert.deepEqual(cleaned, [81, ...missing(34), 82]);
});

test("a 70 beside a gap of 30 minutes is a measurement", () => {
  const minutes = [81, 70, ...missing(30), 70, 82];
  assert.deepEqual(clean(minutes), minutes);
});

test("a 70 further inside is a measurement", () => {
  const minutes = [...missing(40), 75, 70, 82];
  assert.deepEqual(clean(minutes), minutes);
});

test("ten equal minutes are a frozen sensor, nine are a quiet heart", () => {
  assert.deepEqual(clean(new Array(10).fill(63), [64]), [...missing(10), 64]);
  assert.deepEqual(clean(new Array(9).fill(63), [64]), [...new Array(9).fill(63), 64]);
});

test("no pulse is below 25 or above 230", () => {
  assert.deepEqual(clean([24.9, 25, 230, 230.1, 0]), [Number.NaN, 25, 230, Number.NaN, Number.NaN]);
});
