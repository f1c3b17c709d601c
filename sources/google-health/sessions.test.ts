import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointOf } from "./data-types.ts";
import { read, rule, span } from "./shapes-for-tests.ts";

const sleepRule = rule("sleep", "sleep", "session");
const interval = (from: string, to: string) => ({
  startTime: `2026-09-26T${from}:00Z`,
  startUtcOffset: "32400s",
  endTime: `2026-09-26T${to}:00Z`,
  endUtcOffset: "32400s",
});
const stage = (type: string, from: string, to: string) => ({ ...interval(from, to), type });
/** As Google's live answer of 2026-09-26 reads, shortened. */
const night = (sleep: object, id = "2000000000000000002") => ({
  dataPointName: `users/1000000000000000001/dataTypes/sleep/dataPoints/${id}`,
  sleep: { interval: interval("04:09", "08:23"), type: "STAGES", ...sleep },
});
const STAGES = [
  stage("LIGHT", "04:15", "06:00"),
  stage("AWAKE", "04:09", "04:15"),
  stage("DEEP", "06:00", "07:30"),
  stage("REM", "07:30", "08:23"),
];

test("a sleep has its stages in order of time, and minutes that are recomputed: the source's doubled summary is not read", () => {
  const summary = { minutesAsleep: "999", stagesSummary: [{ type: "DEEP", minutes: "999" }] };
  const metadata = { stagesStatus: "SUCCEEDED", processed: true, mainSleep: true };
  const { content, reasons } = read([sleepRule], night({ stages: STAGES, metadata, summary }));
  assert.deepEqual(reasons, []);
  assert.ok(content.holds === "sessions");
  const [session] = content.sessions;
  assert.deepEqual(
    session?.stages.map(({ stage: name }) => name),
    ["awake", "light", "deep", "rem"],
  );
  assert.deepEqual(
    [session?.minutesAsleep, session?.minutesInBed, session?.main, session?.processed],
    [248, 254, true, true],
  );
});

test("a sleep whose stages are not computed yet is kept as one that must be read again", () => {
  const { content } = read([sleepRule], night({ metadata: { mainSleep: true } }));
  assert.ok(content.holds === "sessions");
  const [session] = content.sessions;
  assert.deepEqual(
    [session?.processed, session?.minutesAsleep, session?.stages],
    [false, null, []],
  );
});

test("stages that overlap, lie outside or are of no known kind, and sessions without name or time, are refused", () => {
  const refused = [
    night({ stages: [stage("LIGHT", "04:09", "05:00"), stage("DEEP", "04:59", "06:00")] }),
    night({ stages: [stage("LIGHT", "04:00", "05:00")] }),
    night({ stages: [stage("DREAMING", "04:09", "05:00")] }),
    { sleep: { interval: interval("04:09", "08:23") } },
    night({ interval: { startTime: "2026-09-26T04:09:00Z" } }),
    night({ interval: interval("08:23", "04:09") }),
    { exercise: {} },
  ];
  const { content, reasons } = read([sleepRule], ...refused);
  assert.deepEqual(content, { holds: "sessions", sessions: [] });
  assert.deepEqual(reasons, [
    "implausible_value",
    "implausible_value",
    "unknown_type",
    "unparseable_point",
    "bad_time",
    "implausible_value",
    "unknown_type",
  ]);
});

test("sleep is asked for by its end from the reconciled stream, exercise by civil start with room on either side", () => {
  const asked = endpointOf(sleepRule).request(span, "google-wearables");
  assert.equal(asked.path, "/v4/users/me/dataTypes/sleep/dataPoints:reconcile");
  assert.equal(
    asked.query?.["filter"],
    'sleep.interval.end_time >= "2026-09-25T00:00:00Z" AND sleep.interval.end_time < "2026-09-27T00:00:00Z"',
  );
  const exercise = endpointOf({ dataType: "exercise", resolution: "session" });
  assert.equal(
    exercise.request(span, "all-sources").query?.["filter"],
    'exercise.interval.civil_start_time >= "2026-09-23" AND exercise.interval.civil_start_time < "2026-09-29"',
  );
});

test("an exercise belongs to the window it ends in; the neighbours' are left to them without a word", () => {
  const one = (day: string, id: string) => ({
    dataPointName: `users/1/dataTypes/exercise/dataPoints/${id}`,
    exercise: {
      interval: { startTime: `${day}T23:40:00Z`, endTime: `${day}T23:59:00Z` },
      exerciseType: "CARDIO_WORKOUT",
    },
  });
  const { content, reasons } = read(
    [rule("exercise", "exercise", "session")],
    one("2026-09-24", "a"),
    one("2026-09-25", "b"),
    one("2026-09-27", "c"),
  );
  assert.ok(content.holds === "sessions");
  assert.deepEqual(
    content.sessions.map(({ providerSessionId, label }) => [providerSessionId, label]),
    [["b", "cardio_workout"]],
  );
  assert.deepEqual(reasons, []);
});

const level = (type: string, from: string, to: string) => ({
  activityLevel: { interval: interval(from, to), activityLevelType: type },
});

test("a stretch of an activity level is its minutes; sedentary ones are zeros, which are not stored", () => {
  const { content, reasons } = read(
    [rule("activity_level", "activity-level", "minute", { min: 1, max: 3 })],
    level("VERY_ACTIVE", "10:00", "10:02"),
    level("SEDENTARY", "10:02", "10:30"),
    level("LIGHTLY_ACTIVE", "10:30", "10:31"),
    level("ASLEEP", "10:31", "10:32"),
    level("VERY_ACTIVE", "10:01", "10:01"),
  );
  const at = (time: string) => Date.parse(`2026-09-26T${time}:00Z`);
  assert.deepEqual(content, {
    holds: "samples",
    samples: { times: [at("10:00"), at("10:01"), at("10:30")], values: [3, 3, 1] },
  });
  assert.deepEqual(reasons, ["unknown_type", "unaligned_window"]);
});

test("a stretch of an activity level that another contradicts in one minute keeps all its others, and is refused once", () => {
  const { content, reasons } = read(
    [rule("activity_level", "activity-level", "minute", { min: 1, max: 3 })],
    level("VERY_ACTIVE", "10:30", "10:32"),
    level("LIGHTLY_ACTIVE", "10:00", "12:00"),
  );
  assert.ok(content.holds === "samples");
  const { values } = content.samples;
  assert.deepEqual([values.length, values.filter((value) => value === 3).length], [120, 2]);
  assert.deepEqual(reasons, ["duplicate_conflict"]);
});

test("minutes earned in a zone are added over the zones; none told is no number, and a zero of a sparse metric is not kept", () => {
  const minute = (startTime: string, activeZoneMinutes: object) => ({
    startTime: `2026-09-26T${startTime}:00Z`,
    activeZoneMinutes,
  });
  const { content, reasons } = read(
    [rule("active_zone_minutes", "active-zone-minutes", "minute", { max: 6 })],
    minute("10:00", { sumInFatBurnHeartZone: "1", sumInPeakHeartZone: "2" }),
    minute("10:01", {}),
    minute("10:02", { sumInCardioHeartZone: "0" }),
  );
  assert.ok(content.holds === "samples");
  assert.deepEqual([content.samples.values, reasons], [[3], ["not_a_number"]]);
});
