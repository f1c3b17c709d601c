import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { wantsImputation } from "../sql/imputation-inputs.ts";
import { settleDays } from "../sql/settle-days.ts";
import type { MadeGap } from "../testing/imputed-person.ts";
import { countActive, HEART_RATE } from "../testing/imputed-person.ts";
import type { Imputing } from "../testing/imputing.ts";
import { DAYS, SINCE, startImputing } from "../testing/imputing.ts";

let world: Imputing;
before(async () => {
  world = await startImputing();
});
after(() => world.stop());

const impute = (participant: string, since?: string) => world.impute(participant, since);
const person = (shortId: string, gaps?: readonly MadeGap[]) => world.person(shortId, gaps);

test("raw holds no imputed minute, imputed none that was measured, analysis each minute once", async () => {
  const { id } = await person("VIEWS");
  await impute("VIEWS");
  const { rows } = await world.database.app.query(
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
  const { rows } = await world.database.app.query<{ name: string }>(
    `select distinct v.oid::regclass::text as name
     from pg_depend d join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class
     where d.classid = 'pg_rewrite'::regclass and d.refobjid = 'study.imputed_sample'::regclass and v.relkind = 'v'
     order by 1`,
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    ["reporting.imputation_score", "reporting.imputed_minute", "reporting.sample_imputed"],
  );
  const functions = await world.database.app.query<{ name: string }>(
    "select proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('study', 'reporting') and prosrc ~ 'imputed_sample|sample_analysis'",
  );
  assert.deepEqual(functions.rows, []);
});

test("imputing changes neither wear time nor received minutes of any day", async () => {
  const { id } = await person("WEAR");
  const days = Array.from({ length: DAYS }, (_, i) => `2026-11-0${i + 1}`);
  const ledger = async () => {
    await settleDays(world.database.app, id, HEART_RATE, days, null);
    const { rows } = await world.database.app.query(
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

test("S89: a study that turns imputation off has none left, keeps what was, and asks for no more", async () => {
  const { id } = await person("OFF");
  await impute("OFF");
  assert.equal(await wantsImputation(world.database.app, id, SINCE), true);
  const change = (enabled: boolean, version: number) =>
    world.database.app.query(
      `insert into study.setting (study_id, version, settings, made_by, reason)
       select id, $2::int, jsonb_build_object('imputation', jsonb_build_object('enabled', $1::boolean)), 'a test', 'to test'
       from study.study where slug = 'test'`,
      [enabled, version],
    );
  await change(false, 2);
  assert.equal((await impute("OFF")).retired, 32);
  assert.equal(await countActive(world.database.app, id), 0);
  assert.equal(await wantsImputation(world.database.app, id, SINCE), false);
  await change(true, 3);
  assert.equal((await impute("OFF")).imputed, 32);
});
