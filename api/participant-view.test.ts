import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParticipantDay, ParticipantStatus } from "../sql/status.ts";
import { participantView, standingOf } from "./participant-view.ts";

const now = new Date("2026-11-25T12:00:00Z");
const status: ParticipantStatus = {
  study: "sleep-2",
  participant: "S2-0417",
  state: "active",
  arm: null,
  site: "Oslo",
  enrolledOn: "2026-10-01",
  endedOn: null,
  timeZone: "Europe/Oslo",
  today: "2026-11-25",
  connection: "active",
  connectionReason: "consent given",
  lastSyncAt: new Date("2026-11-25T10:00:00Z"),
  batteryPercent: 50,
  batterySeenAt: now,
  lastSampleAt: new Date("2026-11-25T09:00:00Z"),
  lastFetchedAt: now,
  lastOutcome: "complete",
  lastDetail: "heart rate: 2 days read, 0 left out",
  flags: [],
};
const rules = { inactiveHours: 48, validDayMinutes: 600 };
const yesterday: ParticipantDay = {
  day: "2026-11-24",
  startsAt: new Date("2026-11-23T23:00:00Z"),
  endsAt: new Date("2026-11-24T23:00:00Z"),
  expectedMinutes: 1440,
  wearMinutes: 605,
  heartRateMinutes: 600,
  steps: 8123,
  lastSampleAt: new Date("2026-11-24T22:59:00Z"),
  readAt: now,
  final: false,
  state: "pending",
};
const standing = (day: Partial<ParticipantDay>, facts: Partial<ParticipantStatus> = {}) =>
  standingOf({ ...yesterday, ...day }, { ...status, ...facts }, now);

test("an open day names the one thing it waits for", () => {
  const today = { day: "2026-11-25", endsAt: new Date("2026-11-25T23:00:00Z") };
  const before = new Date("2026-11-24T20:00:00Z");
  assert.equal(standing({ final: true, state: "valid" }), "Final");
  assert.match(standing(today), /the day is not over/);
  assert.match(standing({ readAt: null }), /not been read to its end/);
  assert.match(standing({}, { lastSyncAt: before }), /waits for the device to sync/);
  assert.match(standing({}, { lastSyncAt: null, lastSampleAt: before }), /waits for a sample/);
  assert.match(standing({}), /second identical reading/);
});

test("without permission an open day waits for the connection, whatever the device did", () => {
  assert.match(standing({}, { connection: "revoked" }), /connects again/);
  assert.match(standing({}, { connection: "scope_missing" }), /second identical reading/);
});

test("a day shows its local span, and its length only where it is not 24 h", () => {
  const autumn = {
    ...yesterday,
    startsAt: new Date("2026-10-24T22:00:00Z"),
    endsAt: new Date("2026-10-25T23:00:00Z"),
    expectedMinutes: 1500,
  };
  const [plain, long] = participantView(status, [yesterday, autumn], { now, rules }).days;
  assert.deepEqual([plain?.span, plain?.length, plain?.worn], ["00:00–24:00", "", "10:05"]);
  assert.deepEqual([long?.span, long?.length], ["00:00–24:00", "25 h"]);
});

test("an open day without a value has none yet; nought is said of a final day only", () => {
  const nothing = { ...yesterday, wearMinutes: 0, steps: 0 };
  const days = [
    nothing,
    { ...nothing, final: true, state: "not_worn" as const },
    { ...nothing, steps: null },
    yesterday,
  ];
  const shown = participantView(status, days, { now, rules }).days;
  assert.deepEqual(
    shown.map(({ worn, steps }) => [worn, steps]),
    [
      ["none yet", "none yet"],
      ["0:00", "0"],
      ["none yet", "not read yet"],
      ["10:05", "8,123"],
    ],
  );
});

test("a day read twice alike is not final while an exchanged device or a reading of ours may bring more", () => {
  const read = { final: true };
  assert.match(standing({ ...read, state: "unsynced" }), /device that was exchanged/);
  assert.match(standing({ ...read, state: "pipeline_fault" }), /could not be read/);
  const ended = { endedOn: "2026-11-20" };
  assert.equal(standing({ ...read, state: "after_participation" }, ended), "After participation");
});
