import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf, secondsToWait } from "./retry-after.ts";

const now = new Date("2026-11-25T12:00:00Z");

test("the wait is read from seconds, an HTTP date or RetryInfo, and is a minute where nothing is said", () => {
  const cases: [string | null, string | undefined, number][] = [
    ["26", undefined, 26],
    [" 26 ", undefined, 26],
    ["1.2", undefined, 2],
    ["Wed, 25 Nov 2026 12:00:26 GMT", undefined, 26],
    [null, "26s", 26],
    [null, "26.2s", 27],
    ["5", "26s", 5],
    [null, undefined, 60],
    ["", undefined, 60],
    ["soon", undefined, 60],
    ["soon", "26s", 26],
    ["-5", undefined, 60],
    ["1e9", undefined, 60],
    [null, "-26s", 60],
    [null, "26", 60],
  ];
  for (const [header, delay, expected] of cases) {
    assert.equal(secondsToWait(header, delay, now), expected, `${header} ${delay}`);
  }
});

test("an absurd wait is an hour, and none is shorter than a second", () => {
  assert.equal(secondsToWait("31536000000", undefined, now), 3600);
  assert.equal(secondsToWait("9".repeat(400), undefined, now), 3600);
  assert.equal(secondsToWait("Wed, 25 Nov 2099 12:00:00 GMT", undefined, now), 3600);
  assert.equal(secondsToWait("0", undefined, now), 1);
  assert.equal(secondsToWait("Wed, 25 Nov 2020 12:00:00 GMT", undefined, now), 1);
  assert.equal(secondsToWait(null, "0s", now), 1);
});

test("a date is measured by the clock of the server that told it, and by ours where it tells no time", () => {
  const until = "Wed, 25 Nov 2026 12:00:26 GMT";
  for (const [date, seconds] of [
    ["Wed, 25 Nov 2026 12:00:06 GMT", 20],
    ["Wed, 25 Nov 2026 11:50:00 GMT", 626],
    [null, 26],
    [undefined, 26],
    ["noon", 26],
  ] as const)
    assert.equal(secondsToWait(until, undefined, momentOf(date, now)), seconds, `${date}`);
});
