import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import { wantsImputation } from "../sql/imputation-inputs.ts";
import { settleDays } from "../sql/settle-days.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import type { MadeGap } from "../testing/imputed-person.ts";
import {
  countActive,
  HEART_RATE,
  imputationRows,
  imputedPerson,
} from "../testing/imputed-person.ts";
import type { ImputationPool } from "./imputation-pool.ts";
import { createImputationPool } from "./imputation-pool.ts";
import type { ImputeResult } from "./impute.ts";
import { createImputeActivities } from "./impute.ts";

const FROM = "2026-11-01";
const DAYS = 8;
const SINCE = "2026-11-01";
/** On the fifth day: a worn gap of half an hour, one of two minutes, time off the wrist, and what has not synced. */
const WORN: MadeGap = { start: 4 * 1440 + 700, length: 30, cause: "sensor_dropout" };
const SHORT: MadeGap = { start: 4 * 1440 + 900, length: 2, cause: "short_unknown" };
const OFF: MadeGap = { start: 4 * 1440 + 1000, length: 40, cause: "not_worn" };
const UNSYNCED: MadeGap = { start: 4 * 1440 + 1200, length: 20, cause: "not_yet_synced" };
const GAPS = [WORN, SHORT, OFF, UNSYNCED];

let database: TestDatabase;
let pool: ImputationPool;
before(async () => {
  database = await testDatabase();
  pool = createImputationPool({ threads: 1 });
});
after(async () => {
  await pool.close();
  await database.stop();
});

async function impute(participant: string, since = SINCE): Promise<ImputeResult> {
  const activities = createImputeActivities({
    db: database.app,
    sourceName: "google-health",
    imputation: pool,
    clock: () => new Date("2026-11-09T06:00:00Z"),
    log: { error: (fields) => assert.fail(JSON.stringify(fields)) },
  });
  const result = await new MockActivityEnvironment().run(activities.imputeGaps, {
    participant,
    since,
  });
  return result as ImputeResult;
}

const person = (shortId: string, gaps: readonly MadeGap[] = GAPS) =>
  imputedPerson(database.app, shortId, { from: FROM, days: DAYS, gaps });

const everyRow = (id: number) => imputationRows(database.app, id);
const active = (id: number) => countActive(database.app, id);

test("what was worn is filled; what was off, or may still come, stays empty; each with its receipt", async () => {
  const { id } = await person("RECEIPT");
  assert.deepEqual(await impute("RECEIPT"), { days: 1, changed: 1, imputed: 32, retired: 0 });
  const { rows } = await database.app.query(
    `select g.cause, g.method, g.with_steps, g.refusal, g.pending, count(i.time)::int as minutes
     from study.imputed_gap g
     left join study.imputed_sample i on i.run_id = g.run_id and i.time >= g.starts_at and i.time < g.ends_at
     where g.participant_id = $1::int group by 1, 2, 3, 4, 5, g.starts_at order by g.starts_at`,
    [id],
  );
  const empty = { method: null, with_steps: null, minutes: 0 };
  assert.deepEqual(rows, [
    {
      cause: "sensor_dropout",
      method: "smoother",
      with_steps: true,
      refusal: null,
      pending: null,
      minutes: 30,
    },
    {
      cause: "short_unknown",
      method: "linear",
      with_steps: false,
      refusal: null,
      pending: null,
      minutes: 2,
    },
    {
      cause: "not_worn",
      ...empty,
      refusal: "nothing was worn: the device was off",
      pending: false,
    },
    {
      cause: "not_yet_synced",
      ...empty,
      refusal: "the truth may still come: the device has not synced",
      pending: true,
    },
  ]);
});

test("run again on the same data it changes no row", async () => {
  const { id } = await person("TWICE");
  await impute("TWICE");
  const before = await everyRow(id);
  assert.deepEqual(await impute("TWICE"), { days: 1, changed: 0, imputed: 0, retired: 0 });
  assert.deepEqual(await everyRow(id), before);
});

test("data of much later days changes nothing that was imputed", async () => {
  const late: MadeGap = { start: 7 * 1440, length: 600, cause: "not_yet_synced" };
  const { id, arrive } = await person("LATER", [WORN, late]);
  await impute("LATER", "2026-11-05");
  const before = await everyRow(id);
  await arrive(late);
  await database.app.query(
    "delete from study.gap where participant_id = $1::int and cause = 'not_yet_synced'",
    [id],
  );
  assert.equal((await impute("LATER", "2026-11-05")).imputed, 0);
  const runs = (rows: unknown) => (rows as { samples: unknown[] }).samples;
  assert.deepEqual(runs(await everyRow(id)), runs(before));
});

test("the measurement retires the imputed minute in the statement that stores it, and is its score", async () => {
  const { id, arrive, truthOf } = await person("TRUTH");
  await impute("TRUTH");
  await arrive(WORN);
  assert.equal(await active(id), SHORT.length);
  const { rows } = await database.app.query<{ measured: number; imputed: number }>(
    "select measured, imputed from reporting.imputation_score where participant = 'TRUTH' order by time",
  );
  assert.deepEqual(
    rows.map(({ measured }) => Math.round(measured * 10)),
    truthOf(WORN),
  );
  const error = await database.app.query(
    `select method, gap_length, minutes, coverage > 0.7 as covered, mean_absolute_error < 15 as near
     from reporting.imputation_error where participant = 'TRUTH'`,
  );
  assert.deepEqual(error.rows, [
    { method: "smoother", gap_length: "16-30", minutes: 30, covered: true, near: true },
  ]);
});

test("after the truth came, the next run imputes what is left and keeps what was retired", async () => {
  const { id, arrive } = await person("AFTER");
  await impute("AFTER");
  await arrive(WORN);
  await database.app.query(
    "update study.gap set recovered_at = now() where participant_id = $1::int and cause = 'sensor_dropout'",
    [id],
  );
  assert.deepEqual(await impute("AFTER"), { days: 1, changed: 1, imputed: 2, retired: 2 });
  const { rows } = await database.app.query(
    `select retired_by, count(*)::int as n from study.imputed_sample
     where participant_id = $1::int group by 1 order by 1`,
    [id],
  );
  assert.deepEqual(rows, [
    { retired_by: "measured", n: 30 },
    { retired_by: "newer_run", n: 2 },
    { retired_by: null, n: 2 },
  ]);
});

test("raw holds no imputed minute, imputed none that was measured, analysis each minute once", async () => {
  const { id } = await person("VIEWS");
  await impute("VIEWS");
  const { rows } = await database.app.query(
    `select
       (select count(*)::int from reporting.sample_raw where participant = 'VIEWS' and metric = 'heart_rate') as raw,
       (select count(*)::int from study.sample where participant_id = $1::int and series_id = $2::smallint) as measured,
       (select count(*)::int from reporting.sample_imputed where participant = 'VIEWS') as imputed,
       (select count(*) = count(distinct time) from reporting.sample_analysis
         where participant = 'VIEWS' and metric = 'heart_rate') as once,
       (select count(*)::int from reporting.sample_analysis
         where participant = 'VIEWS' and metric = 'heart_rate' and imputed) as flagged`,
    [id, HEART_RATE],
  );
  const [found] = rows;
  assert.equal(found.raw, found.measured);
  assert.deepEqual([found.imputed, found.flagged, found.once], [32, 32, true]);
});

test("nothing but the imputed views reads imputed values: wear, adherence and messages cannot", async () => {
  const { rows } = await database.app.query<{ name: string }>(
    `select distinct v.oid::regclass::text as name
     from pg_depend d join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class
     where d.classid = 'pg_rewrite'::regclass and d.refobjid = 'study.imputed_sample'::regclass and v.relkind = 'v'
     order by 1`,
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    ["reporting.imputation_score", "reporting.imputed_minute", "reporting.sample_imputed"],
  );
  const functions = await database.app.query<{ name: string }>(
    "select proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('study', 'reporting') and prosrc ~ 'imputed_sample|sample_analysis'",
  );
  assert.deepEqual(functions.rows, []);
});

test("imputing changes neither wear time nor received minutes of any day", async () => {
  const { id } = await person("WEAR");
  const days = Array.from({ length: DAYS }, (_, i) => `2026-11-0${i + 1}`);
  const ledger = async () => {
    await settleDays(database.app, id, HEART_RATE, days, null);
    const { rows } = await database.app.query(
      `select l.day, l.wear_minutes, m.received_minutes, m.content_hash
       from study.ledger l join study.ledger_metric m using (participant_id, day)
       where l.participant_id = $1::int order by l.day`,
      [id],
    );
    return rows;
  };
  const before = await ledger();
  assert.equal((await impute("WEAR")).imputed, 32);
  assert.deepEqual(await ledger(), before);
});

test("a study that turns imputation off has none left, keeps what was, and asks for no more", async () => {
  const { id } = await person("OFF");
  await impute("OFF");
  assert.equal(await wantsImputation(database.app, id, SINCE), true);
  const change = (enabled: boolean, version: number) =>
    database.app.query(
      `insert into study.setting (study_id, version, settings, made_by, reason)
       select id, $2::int, jsonb_build_object('imputation', jsonb_build_object('enabled', $1::boolean)), 'a test', 'to test'
       from study.study where slug = 'test'`,
      [enabled, version],
    );
  await change(false, 2);
  assert.equal((await impute("OFF")).retired, 32);
  assert.equal(await active(id), 0);
  assert.equal(await wantsImputation(database.app, id, SINCE), false);
  await change(true, 3);
  assert.equal((await impute("OFF")).imputed, 32);
});

test("each run leaves a back-test of the smoother at every length, and of arima at that of a gap it filled", async () => {
  const { id } = await person("TESTED");
  await impute("TESTED");
  const { rows } = await database.app.query(
    `select method, array_agg(length_minutes order by length_minutes) as lengths
     from study.back_test where participant_id = $1::int group by method order by method`,
    [id],
  );
  assert.deepEqual(rows, [
    { method: "arima_two_sided", lengths: [5, 30] },
    { method: "smoother", lengths: [5, 15, 30, 60, 120, 360] },
  ]);
});
