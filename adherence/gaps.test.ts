import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeDays } from "./judge-days.ts";
import { at, daysOf, judgeFinal, person, rules, START, wearing } from "./person-for-tests.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./timeline.ts";

test("a gap takes one cause: long absences are not worn, short ones are lost contact or unknown", () => {
  const { gaps } = judgeFinal([
    [4, 4 + 3 / 60],
    [8, 8.2],
    [10, 12.5],
  ]);
  assert.deepEqual(
    gaps.map(({ cause, fromMs, toMs }) => [cause, (toMs - fromMs) / MINUTE_MS]),
    [
      ["sensor_dropout", 3],
      ["short_unknown", 12],
      ["not_worn", 150],
    ],
  );
});

test("steps on the wrist in a gap say that it was worn, and that the sensor lost contact", () => {
  const now = at(3, 9);
  const who = person(now - HOUR_MS);
  const timeline = wearing(3 * 1440, [[10, 12]]);
  timeline.steps.fill(80, 10 * 60, 11 * 60);
  const { gaps } = judgeDays(timeline, daysOf(3, 3, who), who, rules, now);
  assert.deepEqual(
    gaps.map(({ cause }) => cause),
    ["sensor_dropout", "not_worn"],
  );
});

test("steps of minutes whose heart rate was never read do not say that the sensor lost contact", () => {
  const now = at(3, 9);
  const base = person(now - HOUR_MS);
  const who = { ...base, lastFailure: "source_outage" as const };
  const timeline = wearing(3 * 1440, [[50, 72]]);
  timeline.steps.fill(80, 50 * 60, 72 * 60);
  const days = daysOf(3, 2, who).map((day) => ({ ...day, readSyncMs: at(2, 2) }));
  const { gaps } = judgeDays(timeline, days, who, rules, now);
  assert.deepEqual(
    gaps.map(({ cause, fromMs }) => [cause, fromMs]),
    [["source_outage", at(2, 2)]],
  );
});

test("a battery that rose between the syncs around an absence says it was charged, unless it took half a day", () => {
  const charged = (hour: number) => (hour < 12 ? 60 - hour : 100 - (hour - 12));
  assert.deepEqual(
    judgeFinal([[10.5, 11.8]], {}, charged).gaps.map(({ cause }) => cause),
    ["charging"],
  );
  assert.deepEqual(
    judgeFinal([[5.5, 11.8]], {}, charged).gaps.map(({ cause }) => cause),
    ["not_worn"],
  );
  const { evidence } = judgeFinal([[10.5, 11.8]], {}, charged).gaps[0] ?? {};
  assert.deepEqual(evidence, { beforePercent: 49, afterPercent: 100 });
});

test("before the battery's first level nobody can tell a charge from a watch put away: not worn, and it says so", () => {
  const now = at(3, 9);
  const base = person(now - HOUR_MS);
  const evidenceOf = (levelFromMs: number) => {
    const readings = base.readings.map((each) =>
      each.syncMs < levelFromMs ? { ...each, batteryPercent: null } : each,
    );
    const off = [
      [10, 11],
      [30, 34],
      [58, 59],
    ] as const;
    const who = { ...base, readings };
    return judgeDays(wearing(3 * 1440, off), daysOf(3, 3, who), who, rules, now).gaps.map(
      ({ cause, evidence }) => [cause, evidence],
    );
  };
  const unknown = ["not_worn", { batteryUnknown: true }];
  const known = ["not_worn", {}];
  assert.deepEqual(evidenceOf(at(2)), [unknown, known, known]);
  assert.deepEqual(evidenceOf(now), [unknown, known, unknown]);
});

test("minutes are forgotten also where an earlier sync of the same day, which we never saw, saved the newer ones", () => {
  const judged = (savedHoursBefore: number) => {
    const now = at(12, 9);
    const base = person(now);
    const back = at(11, 8);
    const readings = base.readings.filter(({ syncMs }) => syncMs <= at(1, 10) || syncMs >= back);
    const who = { ...base, readings };
    const saved = 11 * 24 + 8 - savedHoursBefore - rules.deviceMemoryDays * 24;
    return judgeDays(
      wearing(12 * 1440, [[34, saved]]),
      daysOf(12, 12, who),
      who,
      rules,
      now,
    ).gaps.map(({ cause }) => cause);
  };
  assert.deepEqual(judged(0), ["device_memory_exceeded"]);
  assert.deepEqual(judged(20), ["device_memory_exceeded"]);
  assert.deepEqual(judged(40), ["not_worn"]);
});

test("a battery nearly empty before a silence, and charged after it, was empty", () => {
  const now = at(3, 9);
  const base = person(now - HOUR_MS);
  const readings = base.readings
    .filter(({ syncMs }) => syncMs <= at(0, 10) || syncMs >= at(2))
    .map((each) => ({ ...each, batteryPercent: each.syncMs <= at(0, 10) ? 3 : 99 }));
  const who = { ...base, readings };
  const { gaps } = judgeDays(wearing(3 * 1440, [[10.1, 47]]), daysOf(3, 3, who), who, rules, now);
  assert.deepEqual(
    gaps.map(({ cause }) => cause),
    ["battery_empty"],
  );
});

test("what a put-away watch still holds is not yet synced until its memory ends, though the new one has synced past", () => {
  const judged = (nowMs: number) => {
    const base = person(nowMs - HOUR_MS);
    const readings = base.readings
      .map((each) => ({ ...each, device: each.syncMs <= at(0, 10) ? 1 : 2 }))
      .filter(({ device, syncMs }) => device === 1 || syncMs >= at(1, 6));
    const who = { ...base, readings };
    const count = Math.floor((nowMs - START) / DAY_MS);
    return judgeDays(
      wearing(count * 1440, [[10, 30]]),
      daysOf(count, count, who),
      who,
      rules,
      nowMs,
    );
  };
  const soon = judged(at(2, 9));
  assert.deepEqual(
    soon.gaps.map(({ cause }) => cause),
    ["not_yet_synced"],
  );
  assert.deepEqual(
    soon.days.map(({ state }) => state),
    ["valid", "valid"],
  );
  const late = judged(at(9, 9));
  assert.deepEqual(
    late.gaps.map(({ cause }) => cause),
    ["device_memory_exceeded"],
  );
});

test("a flat run is not worn, and its gap says that the sensor stood still", () => {
  const now = at(3, 9);
  const who = person(now - HOUR_MS);
  const timeline = wearing(3 * 1440, []);
  timeline.heartRate.fill(72, 600, 840);
  const { days, gaps } = judgeDays(timeline, daysOf(3, 3, who), who, rules, now);
  assert.equal(days[0]?.wearMinutes, 1200);
  assert.deepEqual(
    gaps.map(({ cause, evidence }) => [cause, evidence]),
    [["not_worn", { flat: true }]],
  );
});
