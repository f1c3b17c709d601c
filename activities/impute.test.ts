import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MadeGap } from "../testing/imputed-person.ts";
import { countActive, imputationRows } from "../testing/imputed-person.ts";
import type { Imputing } from "../testing/imputing.ts";
import { SHORT, startImputing, WORN } from "../testing/imputing.ts";

let world: Imputing;
before(async () => {
  world = await startImputing();
});
after(() => world.stop());

const impute = (participant: string, since?: string) => world.impute(participant, since);
const person = (shortId: string, gaps?: readonly MadeGap[]) => world.person(shortId, gaps);

test("what was worn is filled; what was off, or may still come, stays empty; each with its receipt", async () => {
  const { id } = await person("RECEIPT");
  assert.deepEqual(await impute("RECEIPT"), { days: 1, changed: 1, imputed: 32, retired: 0 });
  const { rows } = await world.database.app.query(
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
  const before = await imputationRows(world.database.app, id);
  assert.deepEqual(await impute("TWICE"), { days: 1, changed: 0, imputed: 0, retired: 0 });
  assert.deepEqual(await imputationRows(world.database.app, id), before);
});

test("S91: data of much later days changes nothing that was imputed", async () => {
  const late: MadeGap = { start: 7 * 1440, length: 600, cause: "not_yet_synced" };
  const { id, arrive } = await person("LATER", [WORN, late]);
  await impute("LATER", "2026-11-05");
  const before = await imputationRows(world.database.app, id);
  await arrive(late);
  await world.database.app.query(
    "delete from study.gap where participant_id = $1::int and cause = 'not_yet_synced'",
    [id],
  );
  assert.equal((await impute("LATER", "2026-11-05")).imputed, 0);
  assert.deepEqual((await imputationRows(world.database.app, id)).samples, before.samples);
});

test("the measurement retires the imputed minute in the statement that stores it, and is its score", async () => {
  const { id, arrive, truthOf } = await person("TRUTH");
  await impute("TRUTH");
  await arrive(WORN);
  assert.equal(await countActive(world.database.app, id), SHORT.length);
  const { rows } = await world.database.app.query<{ measured: number; imputed: number }>(
    "select measured, imputed from reporting.imputation_score where participant = 'TRUTH' order by time",
  );
  assert.deepEqual(
    rows.map(({ measured }) => Math.round(measured * 10)),
    truthOf(WORN),
  );
  const error = await world.database.app.query(
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
  await world.database.app.query(
    "update study.gap set recovered_at = now() where participant_id = $1::int and cause = 'sensor_dropout'",
    [id],
  );
  assert.deepEqual(await impute("AFTER"), { days: 1, changed: 1, imputed: 2, retired: 2 });
  const { rows } = await world.database.app.query(
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

test("each run leaves a back-test of the smoother at every length, and of arima at that of a gap it filled", async () => {
  const { id } = await person("TESTED");
  await impute("TESTED");
  const { rows } = await world.database.app.query(
    `select method, array_agg(length_minutes order by length_minutes) as lengths
     from study.back_test where participant_id = $1::int group by method order by method`,
    [id],
  );
  assert.deepEqual(rows, [
    { method: "arima_two_sided", lengths: [5, 30] },
    { method: "smoother", lengths: [5, 15, 30, 60, 120, 360] },
  ]);
});
