import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersonFacts } from "./facts.ts";
import { judgeDays } from "./judge-days.ts";
import { at, dayName, daysOf, judgeFinal, person, rules, wearing } from "./person-for-tests.ts";
import { HOUR_MS } from "./timeline.ts";

type Off = Parameters<typeof judgeFinal>[0];
const statesOf = (off: Off, who: Partial<PersonFacts>) =>
  judgeFinal(off, who).days.map(({ state }) => state);

test("a day on which somebody began too late for a valid day counts neither way", () => {
  const late = { enrolledOn: dayName(0), firstSampleMs: at(0, 15) };
  assert.equal(statesOf([[0, 15]], late)[0], "before_enrolment");
  const never = { enrolledOn: dayName(0), firstSampleMs: at(1, 10) };
  assert.equal(statesOf([[0, 34]], never)[0], "before_enrolment");
});

test("a day on which somebody began early enough is judged as any other", () => {
  const early = { enrolledOn: dayName(0), firstSampleMs: at(0, 13) };
  assert.equal(statesOf([[0, 13]], early)[0], "valid");
  const taken = [
    [0, 13],
    [20, 24],
  ] as const;
  assert.equal(statesOf(taken, early)[0], "partial");
});

test("whoever completes in the morning and hands the watch in did not wear too little that day", () => {
  const ended = {
    endedOn: dayName(2),
    states: [
      { state: "active", fromMs: Number.NEGATIVE_INFINITY, untilMs: at(2, 9) },
      { state: "completed", fromMs: at(2, 9), untilMs: Number.POSITIVE_INFINITY },
    ],
  } as const;
  const { days, gaps } = judgeFinal([[57, 72]], ended);
  assert.equal(days[2]?.state, "after_participation");
  assert.deepEqual(
    gaps.map(({ fromMs, cause }) => [fromMs, cause]),
    [[at(2, 9), "outside_participation"]],
  );
});

test("a short day worn whole, as over the date line, is a valid one", () => {
  const now = at(3, 9);
  const who = person(now - HOUR_MS);
  const [first, ...others] = daysOf(3, 3, who);
  assert.ok(first);
  const short = { ...first, startMs: at(0, 17) };
  const timeline = wearing(3 * 1440, []);
  const late = {
    ...timeline,
    startMs: short.startMs,
    heartRate: timeline.heartRate.subarray(17 * 60),
    steps: timeline.steps.subarray(17 * 60),
    asleep: timeline.asleep.subarray(17 * 60),
  };
  const [day] = judgeDays(late, [short, ...others], who, rules, now).days;
  assert.deepEqual([day?.expectedMinutes, day?.state], [420, "valid"]);
});

test("where steps could not be read a day without enough wear is a fault, and its gaps are, too", () => {
  const now = at(3, 9);
  const who = person(now - HOUR_MS, { lastFailure: "source_outage" });
  const days = daysOf(3, 3, who).map((day) => ({ ...day, evidenceUnread: true }));
  const judged = judgeDays(
    wearing(3 * 1440, [
      [0, 20],
      [30, 32],
    ]),
    days,
    who,
    rules,
    now,
  );
  assert.deepEqual(
    judged.days.map(({ state }) => state),
    ["pipeline_fault", "valid", "valid"],
  );
  assert.deepEqual(
    judged.gaps.map(({ cause }) => cause),
    ["source_outage", "source_outage"],
  );
});

test("F1: where no tracker tells its sync any more, days after the last one known are judged by the newest sample", () => {
  const untold = { toldSyncMs: null, lookedMs: at(4, 9), newestSampleMs: at(4, 8) };
  const who = person(at(0, 12), untold);
  // Off the wrist for the second day's morning; every day is read again with no sync known.
  const days = daysOf(4, 0, who).map((day) => ({ ...day, readSyncMs: null }));
  const { days: judged, gaps } = judgeDays(
    wearing(4 * 1440, [[24, 30]]),
    days,
    who,
    rules,
    at(4, 9),
  );
  assert.deepEqual(
    judged.map(({ state }) => state),
    ["pending", "pending", "pending", "pending"],
  );
  assert.deepEqual(
    gaps.map(({ cause }) => cause),
    ["not_worn"],
  );
});

test("F1: days are behind by the sync that is told, not by that of a tracker which is not listed any more", () => {
  const who = person(at(3, 8));
  const readings = [...who.readings, { device: 2, syncMs: at(2, 20), batteryPercent: null }];
  const told = { ...who, readings, toldSyncMs: at(2, 20), lookedMs: at(3, 9) };
  const days = daysOf(3, 0, told).map((day) => ({ ...day, readSyncMs: at(2, 20) }));
  const judged = judgeDays(wearing(3 * 1440, []), days, told, rules, at(3, 9)).days;
  assert.deepEqual(
    judged.map(({ state }) => state),
    ["pending", "pending", "pending"],
  );
});
