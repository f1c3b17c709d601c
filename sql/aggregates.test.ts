import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeToHours } from "./aggregates.ts";

const at = (text: string) => new Date(`2026-11-20T${text}Z`);

test("windows in one hour, and windows that touch, become one span of whole hours", () => {
  const windows = [
    { from: at("01:05:00"), to: at("01:06:00") },
    { from: at("01:30:00"), to: at("02:00:00.001") },
    { from: at("03:00:00"), to: at("03:10:00") },
    { from: at("07:59:59"), to: at("08:00:00") },
  ];
  assert.deepEqual(mergeToHours(windows), [
    { from: at("01:00:00"), to: at("04:00:00") },
    { from: at("07:00:00"), to: at("08:00:00") },
  ]);
});

test("a window inside an earlier, longer one adds nothing", () => {
  const windows = [
    { from: at("01:00:00"), to: at("09:00:00") },
    { from: at("02:00:00"), to: at("03:00:00") },
  ];
  assert.deepEqual(mergeToHours(windows), [{ from: at("01:00:00"), to: at("09:00:00") }]);
});
