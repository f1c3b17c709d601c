import assert from "node:assert/strict";
import { test } from "node:test";
import { isLowNight, nightBetween, nightOf } from "./sleep.ts";
import type { Timeline } from "./timeline.ts";
import { emptyTimeline } from "./timeline.ts";
import { adherenceOver, isValidWeek, validDayLimit } from "./valid-day.ts";
import { countWorn, wornMinutes } from "./worn-minutes.ts";

const rules = { bridgeMinutes: 5 };

/** A pulse that is never the same twice in a row. */
const pulse = (i: number) => 60 + (i % 7);

/** Minutes with a pulse, but for the missing ones. */
function timelineOf(length: number, missing: (i: number) => boolean): Timeline {
  const timeline = emptyTimeline(0, length);
  for (let i = 0; i < length; i++) if (!missing(i)) timeline.heartRate[i] = pulse(i);
  return timeline;
}
const wornIn = (timeline: Timeline, bridgeMinutes = rules.bridgeMinutes) =>
  countWorn(wornMinutes(timeline, { bridgeMinutes }), 0, timeline.heartRate.length);

test("a minute with a heart rate is worn, one without anything is not", () => {
  const timeline = timelineOf(100, (i) => i >= 40 && i < 60);
  assert.equal(wornIn(timeline).worn, 80);
});

test("a pause of five minutes is bridged, one of six is not, and the limit is the study's", () => {
  assert.deepEqual(wornIn(timelineOf(100, (i) => i >= 40 && i < 45)).by.bridged, 5);
  assert.deepEqual(wornIn(timelineOf(100, (i) => i >= 40 && i < 46)).by.bridged, 0);
  assert.deepEqual(
    wornIn(
      timelineOf(100, (i) => i >= 40 && i < 46),
      6,
    ).by.bridged,
    6,
  );
});

test("nothing is bridged before the first worn minute or after the last", () => {
  assert.equal(wornIn(timelineOf(100, (i) => i < 3 || i > 96)).worn, 94);
});

test("a step on the wrist and sleep by the device are wear where no heart rate is", () => {
  const timeline = timelineOf(100, () => true);
  timeline.steps.fill(20, 10, 30);
  timeline.asleep.fill(1, 60, 100);
  assert.deepEqual(wornIn(timeline).by, { heart_rate: 0, steps: 20, sleep: 40, bridged: 0 });
});

test("ten equal minutes awake are no wear, nine are; asleep it takes thirty", () => {
  const flat = (from: number, to: number, asleep: boolean) => {
    const timeline = timelineOf(100, () => false);
    timeline.heartRate.fill(72, from, to);
    if (asleep) timeline.asleep.fill(1);
    return wornMinutes(timeline, rules).flat.reduce((sum, each) => sum + each, 0);
  };
  assert.deepEqual([flat(20, 29, false), flat(20, 30, false)], [0, 10]);
  assert.deepEqual([flat(20, 49, true), flat(20, 50, true)], [0, 30]);
});

test("a flat run goes on over lost contact, is never bridged, and a step in it still proves wear", () => {
  const timeline = timelineOf(300, (i) => i === 120);
  timeline.heartRate.fill(72, 100, 120);
  timeline.heartRate.fill(72, 121, 160);
  timeline.steps[130] = 12;
  assert.equal(wornIn(timeline, 60).worn, 300 - 60 + 1);
});

test("the placeholder 70 at the edge of a long gap is no wear; beside a short one it is a pulse", () => {
  const long = timelineOf(200, (i) => i >= 50 && i < 100);
  long.heartRate[100] = 70;
  assert.equal(wornIn(long).worn, 149);
  const short = timelineOf(200, (i) => i >= 50 && i < 70);
  short.heartRate[70] = 70;
  assert.equal(wornIn(short).worn, 180);
});

test("a day is valid from the study's minutes on", () => {
  for (const minutes of [1380, 1440, 1500]) assert.equal(validDayLimit(minutes, 600), 600);
});

test("a day shorter than the limit itself has the same share of its minutes", () => {
  assert.equal(validDayLimit(420, 600), 175);
  assert.equal(validDayLimit(600, 600), 600);
});

test("a week is valid with four valid days, whatever the others are", () => {
  const week = (valid: number) =>
    Array.from({ length: 7 }, (_, i) => ({ state: i < valid ? "valid" : "lost" }) as const);
  assert.deepEqual([isValidWeek(week(3)), isValidWeek(week(4))], [false, true]);
});

test("adherence counts only days that can be judged: what is lost, open or ours says nothing", () => {
  const day = (
    state: Parameters<typeof adherenceOver>[0][number]["state"],
    wearMinutes: number,
  ) => ({
    state,
    wearMinutes,
  });
  const days = [
    day("valid", 800),
    day("partial", 400),
    day("lost", 10),
    day("pending", 100),
    day("pipeline_fault", 0),
    day("not_authorised", 0),
  ];
  assert.deepEqual(adherenceOver(days), { judged: 2, valid: 1, share: 0.5, meanWearMinutes: 600 });
  assert.equal(adherenceOver(days.slice(2)), null);
});

const HOUR = 3_600_000;
const sleep = (startHour: number, hours: number, asleepHours: number, main = false) => ({
  startMs: startHour * HOUR,
  endMs: (startHour + hours) * HOUR,
  day: "2026-11-11",
  main,
  minutesAsleep: asleepHours * 60,
  minutesInBed: hours * 60,
});

test("a night belongs to the day it ends in and is the main sleep, else the longest; naps are not in it", () => {
  const [nap, night] = [sleep(14, 1, 1), sleep(-1, 8, 7)];
  assert.equal(nightOf([nap, night], "2026-11-11")?.minutesAsleep, 420);
  assert.equal(
    nightOf([nap, { ...night, main: true }, sleep(-1, 9, 2)], "2026-11-11")?.minutesAsleep,
    420,
  );
  assert.equal(nightOf([nap, night], "2026-11-12"), null);
});

test("noon to noon holds all that was slept in between, naps included", () => {
  const span = { noonMs: -12 * HOUR, nextNoonMs: 12 * HOUR };
  const within = [sleep(-8, 1, 1), sleep(-1, 8, 7)];
  assert.deepEqual(nightBetween([...within, sleep(14, 1, 1)], span), {
    minutesAsleep: 480,
    minutesInBed: 540,
    efficiency: 480 / 540,
  });
  assert.equal(nightBetween([sleep(14, 1, 1)], span), null);
});

test("a night is low below six hours or below 85 percent of the time in bed, and not at the limit", () => {
  const limits = { lowSleepHours: 6, sleepEfficiencyPercent: 85 };
  const low = (minutesAsleep: number, minutesInBed: number) =>
    isLowNight({ minutesAsleep, minutesInBed, efficiency: minutesAsleep / minutesInBed }, limits);
  assert.deepEqual([low(359, 365), low(360, 365)], [true, false]);
  assert.deepEqual([low(424, 500), low(425, 500)], [true, false]);
});
