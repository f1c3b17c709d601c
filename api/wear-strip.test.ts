import assert from "node:assert/strict";
import { test } from "node:test";
import type { StripDay } from "../sql/status.ts";
import { wearStrip as stripBy } from "./wear-strip.ts";

const participation = { enrolledOn: "2026-11-20", endedOn: null, today: "2026-11-25" };
const wearStrip = (shown: readonly StripDay[], facts: typeof participation, minutes = 600) =>
  stripBy(shown, facts, { validDayMinutes: minutes });
const day = (date: string, wearMinutes: number | null, final = true): StripDay => ({
  day: date,
  wearMinutes,
  expectedMinutes: wearMinutes === null ? null : 1440,
  final,
});
const days = [
  day("2026-11-19", null),
  day("2026-11-20", 900),
  day("2026-11-21", 599),
  day("2026-11-22", 0),
  day("2026-11-23", 0, false),
  day("2026-11-24", null, false),
  day("2026-11-25", 300, false),
];

test("a day outside, unread, without data, unworn, below and at the threshold are six different marks", () => {
  const { marks } = wearStrip(days, participation);
  assert.deepEqual(
    marks.map(({ state }) => state),
    ["outside", "reached", "below", "zero", "no-data", "unread", "below"],
  );
  const shapes = new Set(marks.slice(0, 6).map(({ state, height }) => `${state} ${height}`));
  assert.equal(shapes.size, 6);
});

test("the mean leaves out today, which is not over, and open days without data, which say nothing yet", () => {
  const { meanWearMinutes, daysRead } = wearStrip(days, participation);
  assert.equal(daysRead, 3);
  assert.equal(meanWearMinutes, (900 + 599) / 3);
});

test("without a day read there is no mean, not a zero", () => {
  assert.equal(wearStrip([day("2026-11-24", null)], participation).meanWearMinutes, null);
});

test("the text alternative says every fact of the picture", () => {
  assert.equal(
    wearStrip(days, participation).text,
    "7 days to 25 Nov: worn 8.3 h a day on average of 3 days read, 1 of them 10 h or more; 1 worn 0 h; " +
      "1 without data so far; 1 not read yet; 1 outside the participation.",
  );
});

test("a valid day, its line and its words are the study's own", () => {
  const strip = wearStrip(days, participation, 510);
  assert.deepEqual([strip.marks[2]?.state, strip.thresholdY], ["reached", 30 - (510 / 1440) * 30]);
  assert.match(strip.text, /2 of them 8 h 30 min or more/);
});

test("a bar touches the threshold line exactly at 10 h, and a 25-hour day stays in the picture", () => {
  const strip = wearStrip([day("2026-11-23", 600), day("2026-11-24", 1500)], participation);
  assert.equal(strip.marks[0]?.y, strip.thresholdY);
  assert.equal(strip.marks[1]?.y, 0);
});
