import assert from "node:assert/strict";
import { test } from "node:test";
import type { DayState } from "../adherence/day-state.ts";
import type { StripDay } from "../sql/strips.ts";
import { wearStrip as stripBy } from "./wear-strip.ts";

const participation = { enrolledOn: "2026-11-20", endedOn: null, today: "2026-11-25" };
const wearStrip = (shown: readonly StripDay[], facts: typeof participation, minutes = 600) =>
  stripBy(shown, facts, { validDayMinutes: minutes });
const day = (date: string, wearMinutes: number, state: DayState | null): StripDay => ({
  day: date,
  wearMinutes,
  state,
});
const days = [
  day("2026-11-19", 0, null),
  day("2026-11-20", 900, "valid"),
  day("2026-11-21", 599, "partial"),
  day("2026-11-22", 0, "not_worn"),
  day("2026-11-23", 0, "unsynced"),
  day("2026-11-24", 0, null),
  day("2026-11-25", 300, "pending"),
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
  assert.equal(wearStrip([day("2026-11-24", 0, null)], participation).meanWearMinutes, null);
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
  const strip = wearStrip(
    [day("2026-11-23", 600, "valid"), day("2026-11-24", 1500, "valid")],
    participation,
  );
  assert.equal(strip.marks[0]?.y, strip.thresholdY);
  assert.equal(strip.marks[1]?.y, 0);
});

test("a day lost, kept away or paused is never drawn or counted as one that was not worn", () => {
  const excused = [
    day("2026-11-20", 0, "lost"),
    day("2026-11-21", 0, "pipeline_fault"),
    day("2026-11-22", 0, "not_authorised"),
    day("2026-11-23", 0, "paused"),
    day("2026-11-24", 900, "valid"),
  ];
  const { marks, meanWearMinutes, text } = wearStrip(excused, participation);
  assert.deepEqual(
    marks.map(({ state }) => state),
    ["lost", "kept-away", "kept-away", "outside", "reached"],
  );
  assert.equal(meanWearMinutes, 900);
  assert.match(text, /1 overwritten on the device; 2 missing by no doing of theirs; 1 outside/);
  assert.equal(marks[3]?.title, "23 Nov: paused");
});
