import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsOf as flagsBy } from "./participant-flag.ts";

const now = new Date("2026-11-25T12:00:00Z");
const rules = { inactiveHours: 48, validDayMinutes: 600 };
const flagsOf = (facts: Parameters<typeof flagsBy>[0], at: Date) => flagsBy(facts, at, rules);
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

const well = {
  state: "active",
  connection: "active",
  lastSyncAt: hoursAgo(3),
  lastSampleAt: hoursAgo(4),
  enrolledOn: "2026-10-01",
  timeZone: "Europe/Oslo",
  lastFetchedAt: hoursAgo(1),
  lastOutcome: "complete",
} as const;

test("a participant whose device syncs and whose last run was complete has no flag", () => {
  assert.deepEqual(flagsOf(well, now), []);
});

test("only an active participant has flags", () => {
  for (const state of ["invited", "paused", "withdrawn", "completed"] as const) {
    const facts = { ...well, state, connection: null, lastSyncAt: hoursAgo(900) };
    assert.deepEqual(flagsOf(facts, now), []);
  }
});

test("no sync is over 48 h at our last look, not at exactly 48 h", () => {
  assert.deepEqual(flagsOf({ ...well, lastSyncAt: hoursAgo(49) }, now), []);
  assert.deepEqual(flagsOf({ ...well, lastSyncAt: hoursAgo(49.1) }, now), ["no_sync"]);
});

test("the hours without a sync are the study's own", () => {
  const silent = { ...well, lastSyncAt: hoursAgo(30) };
  assert.deepEqual(flagsBy(silent, now, { ...rules, inactiveHours: 24 }), ["no_sync"]);
  assert.deepEqual(flagsBy(silent, now, { ...rules, inactiveHours: 29 }), []);
});

test("where no device is known the newest sample counts, and without one the enrolment", () => {
  const unknown = { ...well, lastSyncAt: null };
  assert.deepEqual(flagsOf({ ...unknown, lastSampleAt: hoursAgo(60) }, now), ["no_sync"]);
  const nothing = { ...unknown, lastSampleAt: null };
  assert.deepEqual(flagsOf({ ...nothing, enrolledOn: "2026-11-24" }, now), []);
  assert.deepEqual(flagsOf({ ...nothing, enrolledOn: "2026-11-22" }, now), ["no_sync"]);
});

test("while we cannot look, nobody is said to have stopped syncing", () => {
  const silent = { ...well, lastSyncAt: hoursAgo(30), lastFetchedAt: hoursAgo(28) };
  assert.deepEqual(flagsOf({ ...silent, lastSyncAt: hoursAgo(60) }, now), ["incomplete"]);
  const refused = { ...well, lastSyncAt: hoursAgo(90), lastOutcome: "not_authorised" } as const;
  assert.deepEqual(flagsOf(refused, now), ["incomplete"]);
  const never = { ...well, lastSyncAt: null, lastSampleAt: null };
  assert.deepEqual(flagsOf({ ...never, lastFetchedAt: null, lastOutcome: null }, now), [
    "incomplete",
  ]);
});

test("every connection that is not active needs attention, a missing one too", () => {
  for (const connection of ["scope_missing", "reconsent_needed", "revoked", "not_linked", null]) {
    const facts = { ...well, connection: connection as typeof well.connection };
    assert.deepEqual(flagsOf(facts, now), ["connection"]);
  }
});

test("a run refused for lack of permission is told once: by the connection, or as incomplete while it is active", () => {
  const refused = { ...well, lastOutcome: "not_authorised" } as const;
  assert.deepEqual(flagsOf({ ...refused, connection: "revoked" }, now), ["connection"]);
  assert.deepEqual(flagsOf(refused, now), ["incomplete"]);
});

test("a partial, skipped or overdue run is incomplete, never a success", () => {
  assert.deepEqual(flagsOf({ ...well, lastOutcome: "partial" }, now), ["incomplete"]);
  assert.deepEqual(flagsOf({ ...well, lastOutcome: "skipped" }, now), ["incomplete"]);
  assert.deepEqual(
    flagsOf({ ...well, lastSyncAt: hoursAgo(27), lastFetchedAt: hoursAgo(27) }, now),
    ["incomplete"],
  );
});
