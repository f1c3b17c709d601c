import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { pageOf } from "../testing/pages.ts";
import { enrol } from "../testing/people.ts";
import { planReading } from "./ledger.ts";
import { storePage } from "./samples.ts";
import { settleDays } from "./settle-days.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const SERIES = 1;
const MINUTE = 60_000;

async function fill(participantId: number, from: string, minutes: number): Promise<void> {
  const times = Array.from({ length: minutes }, (_, index) => Date.parse(from) + index * MINUTE);
  const owner = { participantId, seriesId: SERIES, workflowRunId: "run" };
  await storePage(
    database.app,
    owner,
    pageOf(
      times,
      times.map(() => 700),
    ),
  );
}

async function synced(participantId: number, at: string): Promise<void> {
  await database.app.query(
    `insert into study.device (participant_id, source, provider_device_id, kind, last_sync_at, first_seen_at, last_seen_at)
     values ($1::int, 'google-health', 'watch', 'tracker', $2::timestamptz, now(), now())
     on conflict (participant_id, source, provider_device_id) do update set last_sync_at = excluded.last_sync_at`,
    [participantId, at],
  );
}

const openDays = async (
  participantId: number,
  now: string,
  reopen: Readonly<{ at: Date; only: boolean }> | null = null,
) =>
  (
    (
      await planReading(database.app, participantId, [SERIES], {
        now: new Date(now),
        reopen,
      })
    ).daysOf.get(SERIES) ?? []
  ).map(({ day }) => day);

const read = (participantId: number, days: string[], began: string, syncAt: string | null) =>
  settleDays(database.app, participantId, SERIES, days, {
    began: new Date(began),
    ended: new Date(Date.parse(began) + 1000),
    syncAt: syncAt === null ? null : new Date(syncAt),
  });

async function finalAt(participantId: number, day: string): Promise<Date | null> {
  const { rows } = await database.app.query<{ final_at: Date | null }>(
    "select final_at from study.ledger_metric where participant_id = $1::int and day = $2::date",
    [participantId, day],
  );
  return rows[0]?.final_at ?? null;
}

const DAY = "2026-11-20";
const ENROLLED = { enrolledOn: DAY, timeZone: "UTC" };

test("a day is final only after a second identical read at least six hours after the first, both past the sync", async () => {
  const id = await enrol(database.app, "F-1", ENROLLED);
  const sync = "2026-11-21T00:10:00Z";
  await fill(id, "2026-11-20T00:00:00Z", 1440);
  await synced(id, sync);
  await read(id, [DAY], "2026-11-21T01:00:00Z", sync);
  assert.equal(await finalAt(id, DAY), null);
  await read(id, [DAY], "2026-11-21T06:59:59Z", sync);
  assert.equal(await finalAt(id, DAY), null, "five hours and 59 minutes are not six hours");
  await read(id, [DAY], "2026-11-21T07:00:02Z", sync);
  assert.notEqual(await finalAt(id, DAY), null);
});

test("S30: a day whose device has not synced past its end is never final, however often it is read", async () => {
  const id = await enrol(database.app, "F-2", ENROLLED);
  const sync = "2026-11-20T23:59:00Z";
  await fill(id, "2026-11-20T00:00:00Z", 600);
  for (const began of ["2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z", "2026-12-24T01:00:00Z"]) {
    await read(id, [DAY], began, sync);
  }
  assert.equal(await finalAt(id, DAY), null);
});

test("a sync less than ten minutes past a day's end does not close it: clocks may be that far apart", async () => {
  const id = await enrol(database.app, "F-7", ENROLLED);
  await fill(id, "2026-11-20T00:00:00Z", 100);
  const readTwice = async (sync: string) => {
    await read(id, [DAY], "2026-11-21T01:00:00Z", sync);
    await read(id, [DAY], "2026-11-21T08:00:00Z", sync);
  };
  await readTwice("2026-11-21T00:09:59Z");
  assert.equal(await finalAt(id, DAY), null);
  await readTwice("2026-11-21T00:10:00Z");
  assert.notEqual(await finalAt(id, DAY), null);
});

test("content that changed between the two reads starts the six hours anew", async () => {
  const id = await enrol(database.app, "F-3", ENROLLED);
  const sync = "2026-11-21T00:10:00Z";
  await fill(id, "2026-11-20T00:00:00Z", 100);
  await read(id, [DAY], "2026-11-21T01:00:00Z", sync);
  await fill(id, "2026-11-20T05:00:00Z", 100);
  await read(id, [DAY], "2026-11-21T08:00:00Z", sync);
  assert.equal(await finalAt(id, DAY), null);
  await read(id, [DAY], "2026-11-21T14:00:02Z", sync);
  assert.notEqual(await finalAt(id, DAY), null);
});

test("S28: late data on a final day reopens it, and its counts follow at once", async () => {
  const id = await enrol(database.app, "F-4", ENROLLED);
  const sync = "2026-11-21T00:10:00Z";
  await fill(id, "2026-11-20T00:00:00Z", 100);
  await read(id, [DAY], "2026-11-21T01:00:00Z", sync);
  await read(id, [DAY], "2026-11-21T08:00:00Z", sync);
  assert.notEqual(await finalAt(id, DAY), null);
  await fill(id, "2026-11-20T05:00:00Z", 50);
  await settleDays(database.app, id, SERIES, [DAY], null);
  assert.equal(await finalAt(id, DAY), null);
  const { rows } = await database.app.query(
    "select wear_minutes, expected_minutes from study.ledger where participant_id = $1::int",
    [id],
  );
  assert.deepEqual(rows, [{ wear_minutes: 150, expected_minutes: 1440 }]);
});

test("a reading that broke off moves the counts but never the finality", async () => {
  const id = await enrol(database.app, "F-5", ENROLLED);
  const sync = "2026-11-21T00:10:00Z";
  await fill(id, "2026-11-20T00:00:00Z", 100);
  await read(id, [DAY], "2026-11-21T01:00:00Z", sync);
  await settleDays(database.app, id, SERIES, [DAY], null);
  assert.equal(await finalAt(id, DAY), null);
  await read(id, [DAY], "2026-11-21T08:00:00Z", sync);
  assert.notEqual(await finalAt(id, DAY), null, "the first reading still counts");
});

test("without a device the newest wearable sample stands in for its sync", async () => {
  const id = await enrol(database.app, "F-6", ENROLLED);
  await fill(id, "2026-11-20T00:00:00Z", 1441);
  const both = [DAY, "2026-11-21"];
  await read(id, both, "2026-11-21T01:00:00Z", null);
  await read(id, both, "2026-11-21T08:00:00Z", null);
  assert.notEqual(await finalAt(id, DAY), null);
  assert.equal(await finalAt(id, "2026-11-21"), null);
});

test("S26: every day from enrolment is open until read, and an open day is read again after every new sync", async () => {
  const id = await enrol(database.app, "P-1", ENROLLED);
  const now = "2026-11-22T10:00:30Z";
  await synced(id, "2026-11-21T09:00:00Z");
  const all = ["2026-11-20", "2026-11-21", "2026-11-22"];
  assert.deepEqual(await openDays(id, now), all);
  await read(id, all, now, "2026-11-21T09:00:00Z");
  assert.deepEqual(await openDays(id, "2026-11-22T11:00:30Z"), [], "nothing new to read");
  await synced(id, "2026-11-22T10:30:00Z");
  assert.deepEqual(await openDays(id, "2026-11-22T11:00:30Z"), all);
});

test("S33: a second reading falls due by itself six hours later, and a final day is left alone", async () => {
  const id = await enrol(database.app, "P-2", ENROLLED);
  const sync = "2026-11-21T00:10:00Z";
  await synced(id, sync);
  await fill(id, "2026-11-20T00:00:00Z", 100);
  await read(id, [DAY, "2026-11-21"], "2026-11-21T01:00:00Z", sync);
  assert.deepEqual(await openDays(id, "2026-11-21T06:30:00Z"), []);
  assert.deepEqual(await openDays(id, "2026-11-21T07:30:00Z"), [DAY]);
  await read(id, [DAY], "2026-11-21T07:30:00Z", sync);
  assert.deepEqual(await openDays(id, "2026-11-21T20:00:00Z"), []);
});

test("a final day that is read again where nothing tells of a sync keeps its proof, and settles again afterwards", async () => {
  const id = await enrol(database.app, "F-7", ENROLLED);
  await fill(id, "2026-11-20T00:00:00Z", 1441);
  const both = [DAY, "2026-11-21"];
  await read(id, both, "2026-11-21T01:00:00Z", null);
  await read(id, both, "2026-11-21T08:00:00Z", null);
  const final = await finalAt(id, DAY);
  assert.notEqual(final, null);
  await read(id, [DAY], "2026-11-22T08:00:00Z", null);
  await read(id, both, "2026-11-23T08:00:00Z", null);
  assert.deepEqual(await finalAt(id, DAY), final);
});

test("a backfill reads the local day of its scheduled start and no other, final or not", async () => {
  const id = await enrol(database.app, "P-3", ENROLLED);
  const sync = "2026-11-21T00:10:00Z";
  await synced(id, sync);
  await read(id, [DAY, "2026-11-21"], "2026-11-21T01:00:00Z", sync);
  await read(id, [DAY, "2026-11-21"], "2026-11-21T08:00:00Z", sync);
  const at = new Date("2026-11-20T04:00:00Z");
  assert.deepEqual(await openDays(id, "2026-11-21T20:00:00Z", { at, only: true }), [DAY]);
  await synced(id, "2026-11-22T09:00:00Z");
  assert.deepEqual(await openDays(id, "2026-11-22T20:00:00Z", { at, only: true }), [DAY]);
});

test("a start that is hours late reads its own day, final or not, beside all that is open", async () => {
  const id = await enrol(database.app, "P-7", ENROLLED);
  const sync = "2026-11-21T00:10:00Z";
  await synced(id, sync);
  await read(id, [DAY, "2026-11-21"], "2026-11-21T01:00:00Z", sync);
  await read(id, [DAY, "2026-11-21"], "2026-11-21T08:00:00Z", sync);
  const late = { at: new Date("2026-11-20T23:00:00Z"), only: false };
  assert.deepEqual(await openDays(id, "2026-11-22T10:00:00Z", late), [DAY, "2026-11-22"]);
});

test("S71: days after the participant's last day, and the minute still running, are not planned", async () => {
  const id = await enrol(database.app, "P-4", ENROLLED);
  await database.app.query(
    "update study.participant set ended_on = date '2026-11-21' where id = $1::int",
    [id],
  );
  assert.deepEqual(await openDays(id, "2026-11-25T10:00:00Z"), [DAY, "2026-11-21"]);
  const other = await enrol(database.app, "P-5", ENROLLED);
  const plan = await planReading(database.app, other, [SERIES], {
    now: new Date("2026-11-20T10:00:42Z"),
    reopen: null,
  });
  assert.deepEqual(
    plan.daysOf.get(SERIES)?.map(({ to }) => to.toISOString()),
    ["2026-11-20T10:00:00.000Z"],
  );
});

test("S39: without any device, old open days are looked at once a day and the last fortnight at every run", async () => {
  const id = await enrol(database.app, "P-6", ENROLLED);
  const now = "2026-12-20T10:00:30Z";
  const all = await openDays(id, now);
  assert.equal(all.length, 31);
  await read(id, all, now, null);
  const soon = await openDays(id, "2026-12-20T11:00:30Z");
  assert.deepEqual([soon.length, soon[0]], [15, "2026-12-06"]);
  assert.equal((await openDays(id, "2026-12-21T10:00:30Z")).length, 32);
});
