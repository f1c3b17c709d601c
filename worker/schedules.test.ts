import assert from "node:assert/strict";
import { test } from "node:test";
import type { Participant } from "../sql/participants.ts";
import { StudySettings } from "../sql/studies.ts";
import { ingestSchedule } from "./schedules.ts";

const person = (shortId: string, overrides: Partial<Participant> = {}): Participant => ({
  id: 1,
  shortId,
  study: "demo",
  site: "Oslo",
  arm: "A",
  state: "active",
  enrolledOn: "2026-11-01",
  endedOn: null,
  timeZone: "Australia/Lord_Howe",
  ...overrides,
});

const daily = StudySettings.parse({});

test("everyone is read between 04:00 and 22:00 of their own day, spread over the hours", () => {
  const hours = new Map<number, number>();
  for (let index = 0; index < 1000; index += 1) {
    const { spec } = ingestSchedule(person(`P-${index}`), daily);
    const [calendar] = spec.calendars ?? [];
    const hour = Number(calendar?.hour);
    assert.ok(hour >= 4 && hour < 22, `hour ${hour}`);
    assert.equal(spec.timezone, "Australia/Lord_Howe");
    hours.set(hour, (hours.get(hour) ?? 0) + 1);
  }
  assert.equal(hours.size, 18);
  assert.ok(Math.max(...hours.values()) < 100, "no hour holds far more than its share");
});

test("a schedule never runs twice at once, catches up for a day, and is not paused by a failure", () => {
  const { policies } = ingestSchedule(person("P-1"), daily);
  assert.deepEqual(policies, { overlap: "SKIP", catchupWindow: "1 day", pauseOnFailure: false });
});

test("a study may ask for more than once a day, and then each participant has a moment of their own", () => {
  const offsets = ["P-1", "P-2", "P-3"].map((shortId) => {
    const { spec } = ingestSchedule(person(shortId), { ...daily, ingestIntervalMinutes: 15 });
    assert.equal(spec.calendars?.length, 1, "the daily run stays");
    const [interval] = spec.intervals ?? [];
    assert.equal(interval?.every, "15 minutes");
    return Number(interval?.offset);
  });
  assert.equal(new Set(offsets).size, 3);
  assert.ok(offsets.every((offset) => offset >= 0 && offset < 15 * 60_000));
});

test("what a schedule tells Temporal is ids and states only", () => {
  const { scheduleId, action } = ingestSchedule(person("P-1"), daily);
  assert.equal(scheduleId, "ingest/demo/P-1");
  assert.equal(action.workflowId, "ingest/demo/P-1");
  assert.deepEqual(action.args, [{ study: "demo", participant: "P-1" }]);
  const pairs = action.typedSearchAttributes;
  assert.ok(Array.isArray(pairs));
  assert.deepEqual(
    pairs.map(({ key, value }) => [key.name, value]),
    [
      ["Study", "demo"],
      ["ParticipantState", "active"],
      ["Arm", "A"],
    ],
  );
});
