import type { BackTest } from "../imputation/back-test.ts";
import type { ExpectedSteps } from "../imputation/expected-steps.ts";
import type { Imputation } from "../imputation/impute-gap.ts";
import type { FoundGap } from "./imputation-inputs.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** One gap with what became of it; values are in units of the registry's scale, one a minute from the gap's start. */
export type StoredGap = FoundGap &
  Readonly<{ imputation: Imputation; seed: string; expectedSteps: ExpectedSteps | null }>;

export type ImputationRun = Readonly<{
  participantId: number;
  seriesId: number;
  day: string;
  /** Hash of everything that was read, hex. */
  inputHash: string;
  codeVersion: string;
  /** What was fitted and decided, for the record. */
  parameters: unknown;
  scale: number;
  madeAt: Date;
  gaps: readonly StoredGap[];
  tests: readonly BackTest[];
}>;

/** Rows of a run: minutes imputed, and minutes of an older run that went. */
export type StoredRun = Readonly<{ imputed: number; retired: number }>;

/**
 * Stores one day's run in one statement: the run, the receipt of each gap, its values, its back-tests; the day's older run
 * is superseded and its values retired. A minute that was measured meanwhile gets no imputed value.
 */
export async function storeImputation(db: Queryable, run: ImputationRun): Promise<StoredRun> {
  const filled = run.gaps.map(({ imputation }) =>
    "filled" in imputation ? imputation.filled : null,
  );
  const refused = run.gaps.map(({ imputation }) =>
    "refusal" in imputation ? imputation.refusal : null,
  );
  const values = run.gaps.flatMap((gap) => minutesOf(gap, run.scale));
  const { rows } = await db.query<StoredRun>(STORE_RUN, [
    run.participantId,
    run.seriesId,
    run.day,
    Buffer.from(run.inputHash, "hex"),
    run.codeVersion,
    JSON.stringify(run.parameters),
    run.madeAt,
    run.gaps.map(({ startsAt }) => startsAt),
    run.gaps.map(({ endsAt }) => endsAt),
    run.gaps.map(({ cause }) => cause),
    filled.map((one) => one?.method ?? null),
    filled.map((one) => one?.withSteps ?? null),
    filled.map((one) => one?.provisional ?? null),
    filled.map((one) => JSON.stringify(one?.passedOver ?? [])),
    refused.map((one) => one?.reason ?? null),
    refused.map((one) => one?.pending ?? null),
    run.gaps.map(({ seed }) => seed),
    values.map(({ time }) => time),
    values.map(({ value }) => value),
    values.map(({ lower }) => lower),
    values.map(({ upper }) => upper),
    JSON.stringify(run.tests),
    run.gaps.map(({ expectedSteps }) => expectedSteps && Math.round(expectedSteps.total)),
    run.gaps.map(({ expectedSteps }) => expectedSteps?.lower ?? null),
    run.gaps.map(({ expectedSteps }) => expectedSteps?.upper ?? null),
    run.gaps.map(({ expectedSteps }) => expectedSteps?.days ?? null),
    values[0]?.time ?? run.madeAt,
    new Date((values.at(-1)?.time ?? run.madeAt).getTime() + 60_000),
  ]);
  return only(rows, "stored imputation run");
}

function minutesOf({ startsAt, imputation }: StoredGap, scale: number) {
  if (!("filled" in imputation)) return [];
  const { mean, lower, upper } = imputation.filled;
  const from = Math.floor(startsAt.getTime() / 60_000) * 60_000;
  return Array.from(mean, (bpm, i) => {
    const value = Math.round(bpm * scale);
    return {
      time: new Date(from + i * 60_000),
      value,
      // Rounding must not push a bound past its value.
      lower: Math.min(value, Math.floor((lower[i] ?? bpm) * scale)),
      upper: Math.max(value, Math.ceil((upper[i] ?? bpm) * scale)),
    };
  });
}

const STORE_RUN = `
with superseded as (
  update study.imputation_run set superseded_at = $7::timestamptz
  where participant_id = $1::int and series_id = $2::smallint and day = $3::date and superseded_at is null
  returning id
), retired as (
  update study.imputed_sample i set retired_at = $7::timestamptz, retired_by = 'newer_run'
  from superseded s
  where i.participant_id = $1::int and i.series_id = $2::smallint and i.run_id = s.id and i.retired_at is null
  returning 1
), run as (
  insert into study.imputation_run
    (participant_id, series_id, day, method, parameters, input_sha256, code_version, made_at)
  values ($1::int, $2::smallint, $3::date, 'ladder', $6::jsonb, $4::bytea, $5::text, $7::timestamptz)
  returning id
), receipt as (
  insert into study.imputed_gap (run_id, participant_id, series_id, starts_at, ends_at, cause, method, with_steps,
    provisional, passed_over, refusal, pending, seed, expected_steps, expected_steps_lower, expected_steps_upper,
    expected_steps_days)
  select run.id, $1::int, $2::smallint, g.*
  from run, unnest($8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[], $12::boolean[], $13::boolean[],
    $14::jsonb[], $15::text[], $16::boolean[], $17::text[], $23::int[], $24::int[], $25::int[], $26::smallint[]) g
), imputed as (
  insert into study.imputed_sample (participant_id, series_id, time, value, lower, upper, run_id)
  select $1::int, $2::smallint, v.time, v.value, v.lower, v.upper, run.id
  from run, unnest($18::timestamptz[], $19::int[], $20::int[], $21::int[]) v (time, value, lower, upper)
  where not exists (
    select from study.sample s
    where s.participant_id = $1::int and s.series_id = $2::smallint
      and s.time >= v.time and s.time < v.time + interval '1 minute'
      -- Known when it is planned, so that no other day's chunk is looked into.
      and s.time >= $27::timestamptz and s.time < $28::timestamptz)
  returning 1
), tested as (
  insert into study.back_test (participant_id, series_id, day, length_minutes, method, minutes, absolute_error,
    linear_error, covered, squared_score, made_at)
  select $1::int, $2::smallint, $3::date, t."lengthMinutes", t.method, t.minutes, t."absoluteError",
    t."linearError", t.covered, t."squaredScore", $7::timestamptz
  from jsonb_to_recordset($22::jsonb) t ("lengthMinutes" smallint, method text, minutes int,
    "absoluteError" float8, "linearError" float8, covered int, "squaredScore" float8)
  on conflict (participant_id, series_id, day, length_minutes, method) do nothing
)
select (select count(*) from imputed)::int as imputed, (select count(*) from retired)::int as retired`;

/** Retires everything imputed of a participant, because the study wants none any more. Returns how many minutes went. */
export async function turnOffImputation(
  db: Queryable,
  participantId: number,
  at: Date,
): Promise<number> {
  const { rows } = await db.query<{ retired: number }>(
    `with superseded as (
       update study.imputation_run set superseded_at = $2::timestamptz
       where participant_id = $1::int and superseded_at is null
     ), retired as (
       update study.imputed_sample set retired_at = $2::timestamptz, retired_by = 'turned_off'
       where participant_id = $1::int and retired_at is null
       returning 1
     )
     select count(*)::int as retired from retired`,
    [participantId, at],
  );
  return only(rows, "count of retired values").retired;
}
