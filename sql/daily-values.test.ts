import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { enrol } from "../testing/people.ts";
import { storeDailyValues } from "./daily-values.ts";
import { planReading } from "./ledger.ts";
import { settleDays } from "./settle-days.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const DAY = "2026-11-20";
const SYNC = new Date("2026-11-21T06:00:00Z");

/** Somebody whose watch synced the morning after the day, the series of a value, and what is done with them. */
async function person(name: string) {
  const { app: db } = database;
  const id = await enrol(db, name, { enrolledOn: DAY, timeZone: "UTC" });
  await db.query("update study.participant set ended_on = $2::date where id = $1::int", [id, DAY]);
  await db.query(
    `insert into study.device (participant_id, source, provider_device_id, kind, last_sync_at, first_seen_at, last_seen_at)
     values ($1::int, 'google-health', 'watch', 'tracker', $2::timestamptz, now(), now())`,
    [id, SYNC],
  );
  const { rows } = await db.query<{ id: number }>(
    `select s.id from study.series s join study.metric m on m.id = s.metric_id
     where m.name = 'daily_heart_rate_variability' and s.source = 'google-health'`,
  );
  const seriesId = rows[0]?.id ?? 0;
  return {
    async read(began: string) {
      const ended = new Date(Date.parse(began) + 1000);
      const reading = { began: new Date(began), ended, syncAt: SYNC };
      await settleDays(db, id, seriesId, [DAY], reading);
    },
    store: (value: number, seenAt: string) =>
      storeDailyValues(
        db,
        id,
        { seriesIds: [seriesId], days: [DAY], values: [value] },
        { seenAt: new Date(seenAt), toldBefore: false, workflowRunId: "test" },
      ),
    async isDue(now: string) {
      const plan = await planReading(db, id, [seriesId], { now: new Date(now), reopen: null });
      return (plan.daysOf.get(seriesId) ?? []).length > 0;
    },
    async isFinal() {
      const found = await db.query<{ final: boolean }>(
        "select final_at is not null as final from study.ledger_metric where participant_id = $1::int",
        [id],
      );
      return found.rows[0]?.final;
    },
  };
}

test("S29: a night's variability that the provider works out hours later is still read", async () => {
  const { read, store, isDue, isFinal } = await person("F-1");
  await read("2026-11-21T07:00:00Z");
  await read("2026-11-21T14:00:00Z");
  assert.equal(await isFinal(), false, "twice nothing within seven hours is not yet nothing");
  assert.equal(await isDue("2026-11-21T20:00:00Z"), false);
  assert.equal(await isDue("2026-11-22T03:01:00Z"), true);
  await store(45, "2026-11-22T03:01:00Z");
  await read("2026-11-22T03:01:00Z");
  assert.equal(await isFinal(), false, "what just came is read a second time");
  assert.equal(await isDue("2026-11-22T09:02:00Z"), true);
  await read("2026-11-22T09:02:00Z");
  assert.equal(await isFinal(), true);
});

test("a day without the value is final at the next day's run", async () => {
  const { read, isDue, isFinal } = await person("F-2");
  await read("2026-11-21T07:00:00Z");
  await read("2026-11-22T06:30:00Z");
  assert.equal(await isFinal(), true);
  assert.equal(await isDue("2026-11-22T12:00:00Z"), false);
});
