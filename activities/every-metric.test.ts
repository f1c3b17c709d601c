import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MetricsTruth } from "../simulator/metrics-truth.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { TRUE_DAYS, TRUE_SAMPLES } from "../testing/metric-truth.ts";
import { runOnce } from "../testing/run-once.ts";

/** Everything a Google Health account tells, from HTTP to the tables, against what the simulator knows. */
let world: IngestWorld;
/** Wears a watch and has a scale; and one who carries a phone as well. */
let participant: string;
before(async () => {
  world = await ingestWorld();
  participant = await world.connectPerson(4, "2026-11-12");
  const { outcome, detail } = await runOnce(world, participant);
  assert.equal(outcome, "complete", detail);
});
after(() => world.stop());

function truth(): MetricsTruth {
  const { metrics } = world.upstream.simulator;
  // Local midnight of the first day, in Kolkata.
  return metrics(participant, new Date("2026-11-11T18:30:00Z"), world.deps.clock());
}

async function query<Row>(sql: string): Promise<Row[]> {
  const { rows } = await world.database.app.query(
    `with me as (select id from study.participant where short_id = $1::text) ${sql}`,
    [participant],
  );
  return rows;
}

/** Stored samples of a metric in its own unit. */
async function samples(metric: string) {
  const rows = await query<{ start: Date; value: number }>(
    `select s.time as start, s.value::float8 / m.scale as value
     from study.sample s join me on s.participant_id = me.id
     join study.series r on r.id = s.series_id and r.for_analysis
     join study.metric m on m.id = r.metric_id and m.name = '${metric}' order by s.time`,
  );
  return rows.map(({ start, value }) => ({ start: start.toISOString(), value }));
}

async function days(metric: string) {
  return query<{ day: string; value: number }>(
    `select v.day, v.value::float8 / m.scale as value
     from study.daily_value v join me on v.participant_id = me.id
     join study.series r on r.id = v.series_id
     join study.metric m on m.id = r.metric_id and m.name = '${metric}' order by v.day`,
  );
}

/** The truth, in the unit of the registry and rounded as it stores. */
const rounded = <One extends Readonly<{ value: number }>>(
  told: readonly One[],
  { scale, per = 1 }: Readonly<{ scale: number; per?: number }>,
) => told.map((one) => ({ ...one, value: Math.round((one.value / per) * scale) / scale }));

const asInstants = (told: readonly Readonly<{ start: string; value: number }>[]) =>
  told.map(({ start, value }) => ({ start: new Date(start).toISOString(), value }));

/** Fewer of a metric would prove nothing. */
const LEAST: Readonly<Record<string, number>> = {
  distance: 500,
  floors: 20,
  active_zone_minutes: 100,
  active_energy: 500,
  activity_level: 500,
  heart_rate_variability: 500,
  oxygen_saturation: 500,
  weight: 3,
};

test("every sample of every metric is stored as it was measured, and nothing else is", async () => {
  const told = truth();
  for (const { metric, of, ...unit } of TRUE_SAMPLES) {
    const expected = asInstants(rounded(told.samples[of] ?? [], unit));
    assert.ok(
      expected.length >= (LEAST[metric] ?? Infinity),
      `${metric}: only ${expected.length} to compare`,
    );
    assert.deepEqual(await samples(metric), expected, metric);
  }
});

test("every value of a day is stored under the participant's own date", async () => {
  const told = truth();
  for (const { metric, of, ...unit } of TRUE_DAYS) {
    const expected = rounded(told.days[of] ?? [], unit);
    assert.ok(expected.length >= 10, `${metric}: only ${expected.length} days to compare`);
    assert.deepEqual(await days(metric), expected, metric);
  }
});

type Stored = Readonly<{
  id: string;
  start: Date;
  end: Date;
  main: boolean;
  processed: boolean;
  day: string;
  asleep: number | null;
  label: string;
  stages: [string, string, string][] | null;
}>;

const sessions = (kind: string) =>
  query<Stored>(
    `select s.provider_session_id as id, s.starts_at as start, s.ends_at as end, s.main, s.processed, s.day, s.label,
       s.minutes_asleep as asleep,
       (select jsonb_agg(jsonb_build_array(
          to_char(g.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
          to_char(g.ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), upper(g.stage)) order by g.starts_at)
        from study.session_stage g where g.session_id = s.id) as stages
     from study.session s join me on s.participant_id = me.id where s.kind = '${kind}' order by s.ends_at`,
  );

test("a sleep has its stages, belongs to the local day it ends in, and its minutes are those of the stages", async () => {
  const told = truth().sleeps;
  const stored = await sessions("sleep");
  assert.ok(told.length >= 10);
  assert.deepEqual(
    stored.map(({ id, start, end, main, processed, stages }) => ({
      id,
      start: start.toISOString().replace(".000Z", "Z"),
      end: end.toISOString().replace(".000Z", "Z"),
      main,
      processed,
      stages: (stages ?? []).map(([from, to, type]) => ({ start: from, end: to, type })),
    })),
    told,
  );
  for (const { end, day, asleep, stages } of stored) {
    assert.equal(day, new Date(end.getTime() + 5.5 * 3_600_000).toISOString().slice(0, 10));
    const minutes = (stages ?? [])
      .filter(([, , type]) => type !== "AWAKE")
      .reduce((sum, [from, to]) => sum + (Date.parse(to) - Date.parse(from)) / 60_000, 0);
    assert.equal(asleep, minutes);
  }
});

test("an exercise is one session with its kind, also where the API may only be asked by civil time", async () => {
  const stored = await sessions("exercise");
  assert.ok(stored.length >= 2);
  assert.deepEqual(
    stored.map(({ id, start, end, label }) => ({
      id,
      start: start.toISOString().replace(".000Z", "Z"),
      end: end.toISOString().replace(".000Z", "Z"),
      type: label.toUpperCase(),
    })),
    truth().exercises,
  );
});

/** Cells of ended days that are not final. */
const openCells = (more = "") =>
  query<{ data_type: string; day: string }>(
    `select r.data_type, m.day from study.ledger_metric m join me on m.participant_id = me.id
     join study.series r on r.id = m.series_id
     where m.final_at is null and m.day < date '2026-11-24' ${more}`,
  );

test("read again, every series finds the same and is final six hours later; nothing is stored twice", async () => {
  world.setNow("2026-11-24T19:00:20Z");
  const again = await runOnce(world, participant);
  assert.equal(again.outcome, "complete", again.detail);
  assert.deepEqual(await openCells("and m.content_hash <> sha256('')"), []);
  assert.notDeepEqual(await openCells(), [], "what was empty may still come (S29)");
  assert.deepEqual(await query("select * from study.daily_value_revision v join me on true"), []);
  assert.deepEqual(await query("select * from study.session_revision v join me on true"), []);
});

test("what was empty is final by the next day's run", async () => {
  world.setNow("2026-11-25T09:30:20Z");
  await runOnce(world, participant);
  assert.deepEqual(await openCells(), []);
});

test("a night deleted at the source goes when it stays away for a week, and what a final day was is kept", async () => {
  const [sleep] = truth().sleeps.slice(-3);
  assert.ok(sleep);
  const day = new Date(Date.parse(sleep.end) + 5.5 * 3_600_000).toISOString().slice(0, 10);
  const { deletions } = world.upstream.simulator;
  deletions.add(participant, { from: Date.parse(sleep.start), to: Date.parse(sleep.end) });
  const isThere = async () => ({
    sleep: (await sessions("sleep")).some(({ id }) => id === sleep.id),
    resting: (await days("daily_resting_heart_rate")).some((one) => one.day === day),
  });
  // Ops read the one day again. All of its nights lacking looks like a fault of the provider: a week it is.
  for (const now of ["2026-11-25T19:00:20Z", "2026-11-26T19:00:20Z"]) {
    world.setNow(now);
    await runOnce(world, participant, { scheduledAt: `${day}T06:00:00Z` });
    assert.deepEqual(await isThere(), { sleep: true, resting: true });
  }
  world.setNow("2026-12-03T20:00:20Z");
  await runOnce(world, participant, { scheduledAt: `${day}T06:00:00Z` });
  assert.deepEqual(await isThere(), { sleep: false, resting: false });
  const kept = await query<{ withdrawn: boolean; stages: number }>(
    `select v.withdrawn, jsonb_array_length(v.old_content -> 'stages') as stages
     from study.session_revision v join me on v.participant_id = me.id`,
  );
  assert.deepEqual(kept, [{ withdrawn: true, stages: sleep.stages.length }]);
  const values = await query<{ new_value: number | null }>(
    `select v.new_value from study.daily_value_revision v join me on v.participant_id = me.id
     where v.day = date '${day}' and v.series_id between 1034 and 1041`,
  );
  assert.deepEqual(values, Array(8).fill({ new_value: null }));
});
