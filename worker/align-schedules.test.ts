import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, Connection, ScheduleOverlapPolicy } from "@temporalio/client";
import type { Temporal } from "../embedded/temporal.ts";
import type { Participant } from "../sql/participants.ts";
import { StudySettings } from "../sql/studies.ts";
import { eventually } from "../testing/stack.ts";
import { testTemporal } from "../testing/temporal.ts";
import { alignSchedules, ingestSchedule } from "./schedules.ts";

let folder: string;
let temporal: Temporal;
let client: Client;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "wearflow-schedules-"));
  temporal = await testTemporal(join(folder, "temporal.db"));
  const connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: "wearflow" });
});
after(async () => {
  await client.connection.close();
  await temporal.stop();
  await rm(folder, { recursive: true, force: true });
});

const settings = StudySettings.parse({});
const known = new Map<string, string>();
const person = (id: number, overrides: Partial<Participant> = {}): Participant => ({
  id,
  shortId: `P-${id}`,
  study: "demo",
  site: null,
  arm: null,
  state: "active",
  enrolledOn: "2026-11-01",
  endedOn: null,
  timeZone: "UTC",
  ...overrides,
});
const ended = { state: "completed", endedOn: "2026-11-20" } as const;
const align = (people: readonly Participant[], now = "2026-11-25T12:00:00Z") =>
  alignSchedules(
    client,
    people.map((participant) => ({ participant, settings })),
    known,
    new Date(now),
  );

const listed = async () => {
  const ids: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
  return ids.sort();
};
const untilListed = (ids: readonly string[]) =>
  eventually(`Temporal lists ${ids.join(", ")}`, async () =>
    JSON.stringify(await listed()) === JSON.stringify(ids) ? true : null,
  );

test("who is read or paused has a schedule, who was only invited or withdrew has none", async () => {
  const people = [
    person(1),
    person(2, { state: "paused" }),
    person(3, { state: "invited" }),
    person(4, { state: "withdrawn", endedOn: "2026-11-20" }),
    person(5, ended),
  ];
  assert.deepEqual(await align(people), { created: 3, updated: 0, deleted: 0 });
  await untilListed(["ingest/demo/P-1", "ingest/demo/P-2", "ingest/demo/P-5"]);
  assert.deepEqual(await align(people), { created: 0, updated: 0, deleted: 0 });
});

test("a new schedule's first run is under way at once, and a scheduled one does not begin beside it", async () => {
  const handle = client.schedule.getHandle("ingest/demo/P-1");
  await eventually("its first run is under way", async () => {
    const { info } = await handle.describe();
    return info.runningActions.length === 1 || null;
  });
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  await eventually("the second is skipped", async () => {
    const { info } = await handle.describe();
    return info.numActionsSkippedOverlap === 1 || null;
  });
  const { info } = await handle.describe();
  assert.deepEqual([info.numActionsTaken, info.runningActions.length], [1, 1]);
});

test("a schedule whose maker died before its first run has it when schedules are aligned again", async () => {
  await client.schedule.create({ ...ingestSchedule(person(6), settings), state: {} });
  known.clear();
  await align([person(6)]);
  await eventually("its first run is under way", async () => {
    const { info } = await client.schedule.getHandle("ingest/demo/P-6").describe();
    return info.runningActions.length === 1 || null;
  });
  await align([person(6, { state: "withdrawn", endedOn: "2026-11-20" })]);
});

test("a new worker, which remembers nothing, rewrites no schedule that is as it should be", async () => {
  known.clear();
  assert.deepEqual(await align([person(1), person(2, { state: "paused" }), person(5, ended)]), {
    created: 0,
    updated: 0,
    deleted: 0,
  });
});

test("S71: a completed participant's schedule ends with the month in which late data is still read", async () => {
  const people = [person(1), person(2, { state: "paused" }), person(5, ended)];
  const { deleted } = await align(people, "2026-12-22T00:00:00Z");
  assert.equal(deleted, 1);
  await untilListed(["ingest/demo/P-1", "ingest/demo/P-2"]);
});

test("a schedule that somebody deleted in the UI is made again, and one that ops paused stays paused", async () => {
  await client.schedule.getHandle("ingest/demo/P-1").delete();
  await client.schedule.getHandle("ingest/demo/P-2").pause("by ops");
  await untilListed(["ingest/demo/P-2"]);
  const people = [person(1), person(2, { state: "paused", arm: "B" })];
  assert.deepEqual(await align(people), { created: 1, updated: 1, deleted: 0 });
  const { state } = await client.schedule.getHandle("ingest/demo/P-2").describe();
  assert.deepEqual([state.paused, state.note], [true, "by ops"]);
});
