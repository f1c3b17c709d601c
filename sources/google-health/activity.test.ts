import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeriesRule } from "../source.ts";
import { stepsByMinute } from "./activity.ts";
import { morning, readWith } from "./test-server.ts";

const rule: SeriesRule = {
  metric: "steps",
  dataType: "steps",
  family: "all-sources",
  resolution: "minute",
  scale: 1,
  plausibleMin: 0,
  plausibleMax: 1000,
};
const startTime = morning.from.toISOString();
const endTime = new Date(morning.from.getTime() + 60_000).toISOString();
const read = (...points: unknown[]) => readWith(stepsByMinute.open([rule], morning), points);

test("a minute's steps are one whole number at its start, as Google writes them or as a bare number", () => {
  const later = new Date(morning.from.getTime() + 60_000).toISOString();
  const { samples, rejected } = read(
    { startTime, endTime, steps: { countSum: "112" } },
    { startTime: later, steps: { countSum: 7 } },
  );
  assert.deepEqual(samples, {
    times: [morning.from.getTime(), morning.from.getTime() + 60_000],
    values: [112, 7],
  });
  assert.deepEqual(rejected, []);
});

test("what is no count, too many for a minute, or not a full minute is refused with its reason, never a zero", () => {
  const { samples, rejected } = read(
    { startTime, endTime, steps: {} },
    { startTime, endTime, steps: { countSum: "-1" } },
    { startTime, endTime, steps: { countSum: "1001" } },
    { startTime, endTime: startTime, steps: { countSum: "5" } },
    { startTime, endTime, heartRate: { beatsPerMinuteAvg: 60 } },
  );
  assert.deepEqual(samples.times, []);
  assert.deepEqual(
    rejected.map(({ reason }) => reason),
    ["not_a_number", "implausible_value", "implausible_value", "unaligned_window", "unknown_type"],
  );
});

test("totals ask all sources, wear asks wearables, in ranges of 90 days at most", () => {
  const { path, body } = stepsByMinute.request(morning, "all-sources");
  assert.equal(path, "/v4/users/me/dataTypes/steps/dataPoints:rollUp");
  assert.equal(body?.["dataSourceFamily"], "users/me/dataSourceFamilies/all-sources");
  const to = new Date(morning.from.getTime() + 91 * 86_400_000);
  assert.throws(() => stepsByMinute.request({ ...morning, to }, "all-sources"), RangeError);
});
