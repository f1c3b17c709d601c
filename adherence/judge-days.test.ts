import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersonFacts } from "./facts.ts";
import { judgeDays } from "./judge-days.ts";
import { at, dayName, daysOf, judgeFinal, person, rules, wearing } from "./person-for-tests.ts";
import { HOUR_MS, MINUTE_MS } from "./timeline.ts";

test("a final day is valid with ten hours, partial below, not worn without a minute", () => {
  const { days } = judgeFinal([
    [0, 14],
    [24, 39],
    [48, 72],
  ]);
  assert.deepEqual(
    days.map(({ state, wearMinutes }) => [state, wearMinutes]),
    [
      ["valid", 600],
      ["partial", 540],
      ["not_worn", 0],
    ],
  );
});

test("a day open since less than 48 h is pending, longer unsynced, by our last look and not by the time since", () => {
  const synced = at(0, 12);
  const states = (lookedMs: number) => {
    const who = person(synced, { lookedMs });
    return judgeDays(wearing(720, []), daysOf(4, 0, who), who, rules, lookedMs + HOUR_MS).days.map(
      ({ state }) => state,
    );
  };
  assert.deepEqual(states(at(3)), ["pending", "pending", "pending", "pending"]);
  assert.deepEqual(states(at(3) + MINUTE_MS), ["unsynced", "pending", "pending", "pending"]);
});

test("S39, S68: a day the device has not handed over is never not worn, whatever is missing", () => {
  const who = person(at(0, 12), { lookedMs: at(3, 9) });
  const { days, gaps } = judgeDays(
    wearing(3 * 1440, [[12, 72]]),
    daysOf(3, 0, who),
    who,
    rules,
    at(3, 9),
  );
  assert.deepEqual(
    days.map(({ state }) => state),
    ["unsynced", "pending", "pending"],
  );
  assert.deepEqual(
    gaps.map(({ cause, recoverableUntilMs }) => [cause, recoverableUntilMs]),
    [["not_yet_synced", at(7, 12)]],
  );
});

test("minutes older than the device's memory at the first sync after are lost, and what did arrive is kept", () => {
  const now = at(11, 9);
  const who = {
    ...person(at(0, 12)),
    readings: [
      { device: 1, syncMs: at(0, 12), batteryPercent: 90 },
      { device: 1, syncMs: at(10, 12), batteryPercent: 30 },
    ],
    lookedMs: now,
    newestSampleMs: at(10, 12),
  };
  const { days, gaps } = judgeDays(
    wearing(10 * 1440, [[12, 84]]),
    daysOf(10, 10, who),
    who,
    rules,
    now,
  );
  assert.deepEqual(days.map(({ state }) => state).slice(0, 5), [
    "valid",
    "lost",
    "lost",
    "valid",
    "valid",
  ]);
  assert.deepEqual(
    gaps.map(({ cause, toMs }) => [cause, toMs]),
    [["device_memory_exceeded", at(3, 12)]],
  );
});

test("no grant, or none yet since it came back, is not authorised; what was final before stays what it was", () => {
  const now = at(3, 9);
  const states = (connection: PersonFacts["connection"]) => {
    const who = person(at(3, 8), { connection });
    return judgeDays(wearing(3 * 1440, []), daysOf(3, 1, who), who, rules, now).days.map(
      ({ state }) => state,
    );
  };
  const lapsed = { usable: false, sinceMs: at(2), isFirst: false, cameBackByReading: false };
  assert.deepEqual(states(lapsed), ["valid", "not_authorised", "not_authorised"]);
  assert.deepEqual(states(null), ["valid", "not_authorised", "not_authorised"]);
  const back = { ...lapsed, usable: true, sinceMs: at(3, 8.5) };
  assert.deepEqual(states(back), ["valid", "not_authorised", "not_authorised"]);
  assert.deepEqual(states({ ...back, sinceMs: at(2) }), ["valid", "pending", "pending"]);
});

test("what we or the provider left out is a pipeline fault, and never the participant's", () => {
  const now = at(5, 9);
  const states = (overrides: Partial<PersonFacts>, readMs: number | null) => {
    const who = person(at(2, 8), { lookedMs: at(5, 8), ...overrides });
    const days = daysOf(3, 1, who).map((day) => ({ ...day, readMs }));
    return judgeDays(wearing(2 * 1440, []), days, who, rules, now).days.map(({ state }) => state);
  };
  // Not read; then what was read whole only waits, and what may be missing is ours: a refusal nobody believed, no look
  // for more than 26 hours, a run that could not look.
  assert.deepEqual(states({}, null), ["valid", "pipeline_fault", "pipeline_fault"]);
  const waits = ["valid", "pending", "pipeline_fault"];
  assert.deepEqual(states({ heldMs: at(5, 8.5) }, at(5, 8)), waits);
  assert.deepEqual(states({ lookedMs: at(4, 6) }, at(4, 6)), waits);
  assert.deepEqual(states({ couldNotLook: true }, at(5, 8)), waits);
  // The device has synced since what was read.
  const who = person(at(2, 8));
  const behind = daysOf(2, 0, who).map((day) => ({ ...day, readSyncMs: at(1, 3) }));
  const { days, gaps } = judgeDays(
    wearing(2 * 1440, [[26, 48]]),
    behind,
    { ...who, lastFailure: "source_outage" },
    rules,
    at(2, 9),
  );
  assert.deepEqual(
    days.map(({ state }) => state),
    ["pending", "pipeline_fault"],
  );
  // What had been read by then was missing all the same.
  assert.deepEqual(
    gaps.map(({ cause, fromMs }) => [cause, fromMs]),
    [
      ["not_worn", at(1, 2)],
      ["source_outage", at(1, 3)],
    ],
  );
});

test("minutes whose values were refused are nobody's non-wear: their cause is a fault, and a final day that is not valid with them, too", () => {
  const refusedMinutes = new Set([at(0, 20), at(1, 20), at(1, 20) + MINUTE_MS]);
  const { days, gaps } = judgeFinal(
    [
      [20, 21],
      [24, 40],
      [44, 45],
    ],
    { refusedMinutes },
  );
  assert.deepEqual(
    days.map(({ state, proof }) => [state, proof.missingBy.pipeline_fault]),
    [
      ["valid", 1],
      ["pipeline_fault", 2],
      ["valid", undefined],
    ],
  );
  const refused = gaps.filter(({ evidence }) => evidence.refused === true);
  assert.deepEqual(
    refused.map(({ cause, fromMs, toMs }) => [cause, fromMs, toMs]),
    [
      ["pipeline_fault", at(0, 20), at(0, 20) + MINUTE_MS],
      ["pipeline_fault", at(1, 20), at(1, 20) + 2 * MINUTE_MS],
    ],
  );
});

test("what was consented to a moment ago is being read: open, not ours, not theirs, for 26 hours and unless a run has failed", () => {
  const judge = (overrides: Partial<PersonFacts>, now: number) => {
    const connection = { usable: true, sinceMs: at(5, 8), isFirst: true, cameBackByReading: false };
    const who = person(at(5, 8.5), { connection, ...overrides });
    // The newest two days were read first; the rest of the past is still to come.
    const days = daysOf(6, 0, who).map((day, i) =>
      i < 4 ? { ...day, readMs: null, readSyncMs: null } : day,
    );
    return judgeDays(wearing(6 * 1440, [[0, 96]]), days, who, rules, now);
  };
  const states = (overrides: Partial<PersonFacts>, now: number) =>
    judge(overrides, now)
      .days.map(({ state }) => state)
      .slice(0, 4);
  const all = (state: string) => [state, state, state, state];
  const { days, gaps } = judge({}, at(5, 9));
  assert.deepEqual(days.map(({ state }) => state).slice(0, 4), all("pending"));
  assert.equal(days[0]?.proof.access, "first_reading");
  const [gap] = gaps;
  assert.deepEqual(
    [gap?.cause, gap?.evidence, gap?.recoverableUntilMs],
    ["not_yet_synced", { notReadYet: true }, null],
  );
  // Nobody has looked yet at all.
  assert.deepEqual(states({ lookedMs: null, devicesSeenMs: null }, at(5, 9)), all("pending"));
  assert.deepEqual(states({ lookedMs: null }, at(6, 11)), all("pipeline_fault"));
  assert.deepEqual(states({ lookedMs: at(6, 11) }, at(6, 11)), all("pipeline_fault"));
  assert.deepEqual(states({ lastFailure: "source_outage" }, at(5, 9)), all("pipeline_fault"));
});

test("while a run is under way nobody is said to have been left out", () => {
  const who = person(at(2, 8), { devicesSeenMs: at(2, 8.5) });
  const days = daysOf(2, 0, who).map((day) => ({ ...day, readSyncMs: at(1, 3) }));
  const { days: judged } = judgeDays(wearing(2 * 1440, []), days, who, rules, at(2, 9));
  assert.deepEqual(
    judged.map(({ state }) => state),
    ["pending", "pending"],
  );
});

test("paused, withdrawn and ended days take these names before anything else, and enrolment edges too", () => {
  const span = (
    state: PersonFacts["states"][number]["state"],
    fromMs: number,
    untilMs: number,
  ) => ({ state, fromMs, untilMs });
  const active = span("active", -Infinity, at(1, 12));
  const states = (overrides: Partial<PersonFacts>) =>
    judgeFinal([], overrides).days.map(({ state }) => state);
  const paused = {
    states: [active, span("paused", at(1, 12), at(2)), span("active", at(2), Infinity)],
  };
  assert.deepEqual(states(paused), ["valid", "paused", "valid"]);
  const left = { states: [active, span("withdrawn", at(1, 12), Infinity)], endedOn: dayName(1) };
  assert.deepEqual(states(left), ["valid", "withdrawn", "after_participation"]);
  const done = { states: [active, span("completed", at(1, 12), Infinity)], endedOn: dayName(1) };
  assert.deepEqual(states(done), ["valid", "valid", "after_participation"]);
  assert.deepEqual(states({ enrolledOn: dayName(1) }), ["before_enrolment", "valid", "valid"]);
});

test("where no device is known the newest wearable sample stands in for the sync", () => {
  const none = { readings: [], toldSyncMs: null };
  const who = { ...person(at(0, 12)), ...none, lookedMs: at(3, 1), newestSampleMs: at(0, 12) };
  const { days } = judgeDays(wearing(720, []), daysOf(3, 0, who), who, rules, at(3, 1));
  assert.deepEqual(
    days.map(({ state }) => state),
    ["unsynced", "pending", "pending"],
  );
});
