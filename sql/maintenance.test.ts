import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { pageOf } from "../testing/pages.ts";
import { enrol } from "../testing/people.ts";
import { refreshTouchedHours } from "./aggregates.ts";
import { deleteEmptyStudy, deleteParticipant } from "./deletion.ts";
import {
  compressChunks,
  dropChunks,
  noteMaintenance,
  readMaintenanceHealth,
} from "./maintenance.ts";
import { storePage } from "./samples.ts";
import { settleDays } from "./settle-days.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const MINUTE = 60_000;
const START = Date.UTC(2026, 9, 1);
const HORIZON = new Date("2026-10-04T00:00:00Z");

async function fill(participantId: number, minutes: number, value = 700): Promise<void> {
  const times = Array.from({ length: minutes }, (_, index) => START + index * MINUTE);
  const owner = { participantId, seriesId: 1, workflowRunId: "run" };
  await storePage(
    database.app,
    owner,
    pageOf(
      times,
      times.map(() => value),
    ),
  );
}

async function count(from: string, participantId: number): Promise<number> {
  const { rows } = await database.owner.query<{ n: number }>(
    `select count(*)::int as n from ${from} where participant_id = $1::int`,
    [participantId],
  );
  return rows[0]?.n ?? -1;
}

test("days behind the horizon are compressed once, and again only after something was written into them", async () => {
  const id = await enrol(database.app, "M-1");
  await fill(id, 5 * 1440);
  assert.equal(await compressChunks(database.owner, HORIZON), 2);
  assert.equal(await compressChunks(database.owner, HORIZON), 0);
  await fill(id, 10, 710);
  assert.equal(await compressChunks(database.owner, HORIZON), 1);
  assert.equal(await count("study.sample", id), 5 * 1440);
});

test("deleting a participant leaves no row, no hour and nobody else's data changed; twice is once", async () => {
  const gone = await enrol(database.app, "M-2");
  const stays = await enrol(database.app, "M-3");
  for (const id of [gone, stays]) {
    await fill(id, 4 * 1440);
    await settleDays(database.app, id, 1, ["2026-10-01", "2026-10-02"], null);
  }
  await refreshTouchedHours(database.owner);
  await compressChunks(database.owner, HORIZON);
  const hours = await count("study.sample_hour", stays);
  assert.equal(await deleteParticipant(database.owner, gone), 4 * 1440);
  assert.equal(await deleteParticipant(database.owner, gone), 0);
  const { rows } = await database.owner.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.columns
     where column_name = 'participant_id' and table_schema in ('study', 'pii') order by 1`,
  );
  assert.ok(rows.length > 15);
  for (const { name } of rows) assert.equal(await count(name, gone), 0, name);
  assert.equal(await count("study.sample", stays), 4 * 1440);
  assert.equal(await count("study.sample_hour", stays), hours);
});

test("a study is removed after its participants, and not before", async () => {
  const { rows } = await database.owner.query<{ id: number }>("select id from study.study");
  const study = rows[0]?.id ?? 0;
  await assert.rejects(deleteEmptyStudy(database.owner, study), /foreign key/);
  const people = await database.owner.query<{ id: number }>("select id from study.participant");
  for (const { id } of people.rows) await deleteParticipant(database.owner, id);
  await deleteEmptyStudy(database.owner, study);
  const left = await database.owner.query("select 1 from study.study");
  assert.equal(left.rowCount, 0);
});

test("retention drops whole days that ended before it and no others, and late data there does not cost others their hours", async () => {
  const [id, late] = [await enrol(database.app, "M-4"), await enrol(database.app, "M-6")];
  await fill(id, 3 * 1440);
  await refreshTouchedHours(database.owner);
  const edge = new Date("2026-10-02T12:00:00Z");
  await dropChunks(database.owner, edge);
  assert.equal(await count("study.sample", id), 2 * 1440);
  assert.equal(await count("study.sample_hour", id), 72);
  await fill(late, 60);
  assert.deepEqual(await refreshTouchedHours(database.owner, edge), { windows: 1, spans: 0 });
  assert.equal(await count("study.sample_hour", id), 72);
});

test("the health check tells a stale aggregate and a failed task, and forgets the failure after a good run", async () => {
  const now = new Date("2026-11-25T05:00:00Z");
  await fill(await enrol(database.app, "M-5"), 10);
  const stale = await readMaintenanceHealth(database.app, now);
  assert.ok(stale.staleAggregateMinutes !== null && stale.staleAggregateMinutes >= 60);
  await refreshTouchedHours(database.owner);
  assert.equal((await readMaintenanceHealth(database.app, now)).staleAggregateMinutes, null);
  await noteMaintenance(database.app, "compress", { failure: "Error 53100" });
  assert.deepEqual((await readMaintenanceHealth(database.app, now)).failedTasks, ["compress"]);
  await noteMaintenance(database.app, "compress", { detail: { chunks: 1 } });
  assert.deepEqual((await readMaintenanceHealth(database.app, now)).failedTasks, []);
});
