import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dayInWords,
  decimalHours,
  hoursAndMinutes,
  hoursSinceLocalDay,
  localClock,
  localMoment,
  relativeTime,
  unusualLength,
} from "./format.ts";

const now = new Date("2026-11-25T12:00:00Z");
const ago = (minutes: number) => relativeTime(new Date(now.getTime() - minutes * 60_000), now);

test("an age is told in at most two units, rounded down", () => {
  assert.equal(ago(0.9), "just now");
  assert.equal(ago(59), "59 min ago");
  assert.equal(ago(60), "1 h ago");
  assert.equal(ago(24 * 60 - 1), "23 h ago");
  assert.equal(ago(48 * 60), "2 d ago");
  assert.equal(ago(51 * 60 + 59), "2 d 3 h ago");
  assert.equal(ago(20 * 1440 + 61), "20 d ago");
});

test("an instant ahead of the clock is never told as past", () => {
  assert.equal(ago(-5), "in 5 min");
});

test("minutes read as h:mm with two digits, and never with sixty minutes", () => {
  assert.equal(hoursAndMinutes(0), "0:00");
  assert.equal(hoursAndMinutes(605), "10:05");
  assert.equal(hoursAndMinutes(599.7), "10:00");
  assert.equal(hoursAndMinutes(1500), "25:00");
  assert.equal(decimalHours(834), "13.9");
});

test("only a day that is not 24 h long gets its length told", () => {
  assert.equal(unusualLength(1440), null);
  assert.equal(unusualLength(1380), "23 h");
  assert.equal(unusualLength(1500), "25 h");
  assert.equal(unusualLength(1410), "23 h 30 min");
});

test("an instant shows as the participant's wall clock, midnight as 00:00, with the zone's name", () => {
  const instant = new Date("2026-11-24T23:00:00Z");
  assert.equal(localClock(instant, "Europe/Oslo"), "00:00");
  assert.equal(localMoment(instant, "Europe/Oslo"), "Wed, 25 Nov 2026, 00:00 Europe/Oslo");
});

test("a local day is a word: no zone can move it", () => {
  assert.equal(dayInWords("2026-11-25", "long"), "Wed, 25 Nov 2026");
  assert.equal(dayInWords("2026-03-01", "short"), "1 Mar");
});

test("hours since a local day's start count on the participant's wall clock", () => {
  assert.equal(hoursSinceLocalDay("2026-11-25", now, "Europe/Oslo"), 13);
  assert.equal(hoursSinceLocalDay("2026-11-24", now, "Pacific/Auckland"), 49);
});
