import assert from "node:assert/strict";
import { test } from "node:test";
import { coverageFaults, judgeHealth, maintenanceFaults } from "./health.ts";

const now = new Date("2026-11-25T12:00:00Z");
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const judge = (activeParticipants: number, lastGoodRunAt: Date | null, upHours = 1) =>
  judgeHealth(
    { activeParticipants, lastGoodRunAt, faultyStudies: [] },
    { now, startedAt: hoursAgo(upHours) },
  );

test("a complete run within 26 h is ok, and one older is stale", () => {
  assert.equal(judge(3, hoursAgo(26)), "ok");
  assert.equal(judge(3, hoursAgo(26.1)), "stale");
});

test("an open pipeline fault goes before all else", () => {
  const health = { activeParticipants: 0, lastGoodRunAt: now, faultyStudies: ["sleep-2"] };
  assert.equal(judgeHealth(health, { now, startedAt: now }), "pipeline_fault");
});

test("without active participants nothing is expected", () => {
  assert.equal(judge(0, hoursAgo(900)), "idle");
  assert.equal(judge(0, null, 900), "idle");
});

test("before the first complete run it is starting, but not for ever", () => {
  assert.equal(judge(3, null), "starting");
  assert.equal(judge(3, null, 27), "stale");
});

test("a fifth of everybody without a complete run is a fault, one or a few are their own matter", () => {
  assert.deepEqual(coverageFaults({ expected: 1000, overdue: 200 }), []);
  assert.deepEqual(coverageFaults({ expected: 2, overdue: 1 }), []);
  assert.deepEqual(coverageFaults({ expected: 1000, overdue: 201 }), [
    "201 of 1000 participants had no complete run for 26 h",
  ]);
});

test("an aggregate half an hour behind and a task that failed last are faults in words; nothing is none", () => {
  assert.deepEqual(maintenanceFaults({ staleAggregateMinutes: null, failedTasks: [] }), []);
  assert.deepEqual(maintenanceFaults({ staleAggregateMinutes: 29.9, failedTasks: [] }), []);
  assert.deepEqual(maintenanceFaults({ staleAggregateMinutes: 45.7, failedTasks: ["compress"] }), [
    "the hourly aggregate is 45 minutes behind",
    "compress failed at its last turn",
  ]);
});
