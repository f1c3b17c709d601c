import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { pageOf, seeded } from "../testing/pages.ts";
import { enrol } from "../testing/people.ts";
import { storePage } from "./samples.ts";
import { settleDays } from "./settle-days.ts";
import { settleAbsences } from "./withdrawn-samples.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const SERIES = 1;
const DAY = "2026-11-20";
const MIDNIGHT = Date.parse(`${DAY}T00:00:00Z`);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const window = { from: new Date(MIDNIGHT), to: new Date(MIDNIGHT + 24 * HOUR) };
const minutes = (...indices: number[]) => indices.map((index) => MIDNIGHT + index * MINUTE);
const owner = (participantId: number) => ({
  participantId,
  seriesId: SERIES,
  workflowRunId: "run",
});

/** Somebody with ten minutes of this day. */
async function withTenMinutes(shortId: string): Promise<number> {
  const id = await enrol(database.app, shortId, { enrolledOn: DAY, timeZone: "UTC" });
  const times = minutes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  await storePage(
    database.app,
    owner(id),
    pageOf(
      times,
      times.map(() => 700),
    ),
  );
  return id;
}

/** A reading that began so many hours after the day's end and found these instants. */
async function read(id: number, times: readonly number[], hours: number) {
  const began = new Date(window.to.getTime() + hours * HOUR);
  const reading = { window, times, began, ended: began };
  const absences = await settleAbsences(database.app, owner(id), reading);
  const settled = { began, ended: began, syncAt: new Date(window.to.getTime() + 10 * MINUTE) };
  await settleDays(database.app, id, SERIES, [DAY], settled);
  return absences;
}

async function stored(id: number): Promise<number[]> {
  const { rows } = await database.app.query<{ ms: number }>(
    `select (extract(epoch from time) * 1000)::bigint as ms from study.sample
     where participant_id = $1::int order by time`,
    [id],
  );
  return rows.map(({ ms }) => ms);
}

async function isFinal(id: number): Promise<boolean> {
  const { rows } = await database.app.query<{ final: boolean }>(
    "select final_at is not null as final from study.ledger_metric where participant_id = $1::int",
    [id],
  );
  return rows[0]?.final ?? false;
}

test("a sample the source lacks once stays, and goes when a reading six hours later lacks it too", async () => {
  const id = await withTenMinutes("W-1");
  const left = minutes(0, 1, 2, 3, 4, 5, 6);
  assert.deepEqual(await read(id, left, 1), { absent: 3, withdrawn: 0 });
  assert.equal((await stored(id)).length, 10);
  assert.deepEqual(await read(id, left, 6.9), { absent: 3, withdrawn: 0 });
  assert.deepEqual(await read(id, left, 7), { absent: 0, withdrawn: 3 });
  assert.deepEqual(await stored(id), left);
  assert.deepEqual(await read(id, left, 7), { absent: 0, withdrawn: 0 });
});

test("a day that lacks something is not final until it is settled, and then by two readings of what is left", async () => {
  const id = await withTenMinutes("W-2");
  const left = minutes(0, 1, 2, 3, 4, 5, 6, 7, 8);
  await read(id, left, 1);
  await read(id, left, 7);
  assert.equal(await isFinal(id), false);
  await read(id, left, 13);
  assert.equal(await isFinal(id), true);
});

test("what comes back is forgotten, and its six hours begin anew should it go again", async () => {
  const id = await withTenMinutes("W-3");
  const all = await stored(id);
  const left = all.slice(0, 9);
  await read(id, left, 1);
  assert.deepEqual(await read(id, all, 3), { absent: 0, withdrawn: 0 });
  assert.deepEqual(await read(id, left, 8), { absent: 1, withdrawn: 0 });
  assert.deepEqual(await read(id, left, 14), { absent: 0, withdrawn: 1 });
});

test("where most of a window is lacking, as in a provider's fault, it takes seven days", async () => {
  const id = await withTenMinutes("W-4");
  assert.deepEqual(await read(id, [], 1), { absent: 10, withdrawn: 0 });
  assert.deepEqual(await read(id, [], 100), { absent: 10, withdrawn: 0 });
  assert.equal(await isFinal(id), false);
  assert.deepEqual(await read(id, [], 170), { absent: 0, withdrawn: 10 });
  assert.deepEqual(await stored(id), []);
});

test("a value that had been final leaves a revision when it is withdrawn, and its hour is refreshed", async () => {
  const id = await withTenMinutes("W-5");
  const all = await stored(id);
  await read(id, all, 1);
  await read(id, all, 7);
  assert.equal(await isFinal(id), true);
  await database.app.query("delete from study.touched_window");
  for (const hours of [20, 26]) await read(id, all.slice(1), hours);
  const { rows } = await database.app.query(
    "select old_value, new_value from study.sample_revision where participant_id = $1::int",
    [id],
  );
  assert.deepEqual(rows, [{ old_value: 700, new_value: null }]);
  const touched = await database.app.query("select 1 from study.touched_window");
  assert.equal(touched.rowCount, 1);
});

test("whatever a source gives and takes back, what two readings agree on is what is stored", async () => {
  const random = seeded(19);
  const id = await withTenMinutes("W-6");
  const all = await stored(id);
  for (let hours = 1; hours < 400; hours += 9) {
    const given = all.filter(() => random() < 0.8);
    await storePage(
      database.app,
      owner(id),
      pageOf(
        given,
        given.map(() => 700),
      ),
    );
    await read(id, given, hours);
    const missing = given.filter((time) => !all.includes(time));
    assert.deepEqual(missing, []);
    for (const time of given) assert.ok((await stored(id)).includes(time), "given, so stored");
  }
  const last = all.slice(3);
  await storePage(
    database.app,
    owner(id),
    pageOf(
      last,
      last.map(() => 700),
    ),
  );
  await read(id, last, 500);
  await read(id, last, 507);
  assert.deepEqual(await stored(id), last, "seed 19");
});
