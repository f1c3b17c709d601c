import type { BackTest } from "../imputation/back-test.ts";
import type { GapCause } from "../imputation/gap-cause.ts";
import type { Method } from "../imputation/impute-gap.ts";
import type { Queryable } from "./pool.ts";

/** A missing stretch as the ledger found it. */
export type FoundGap = Readonly<{ startsAt: Date; endsAt: Date; cause: GapCause }>;

/** A local day whose gaps want looking at: it has some, or had some when it was last imputed. */
export type GapDay = Readonly<{
  day: string;
  startsAt: Date;
  endsAt: Date;
  gaps: readonly FoundGap[];
  /** Hash of what its current run read, hex; null where there is none. */
  inputHash: string | null;
}>;

/**
 * Whether imputing from a local day on could change anything: there is a gap that may be filled, or whose steps may be
 * expected, and the study fills gaps, or there are values of an earlier run. Asked after every ingest, so that most start no run of their own.
 */
export async function wantsImputation(
  db: Queryable,
  participantId: number,
  since: string,
): Promise<boolean> {
  const { rows } = await db.query<{ wanted: boolean }>(
    `with rule as (
       select coalesce((v.settings -> 'imputation' ->> 'enabled')::boolean, true) as enabled,
         coalesce((v.settings -> 'imputation' ->> 'acrossNonWear')::boolean, false) as across
       from study.participant p
       join study.setting v on v.study_id = p.study_id
       where p.id = $1::int
       order by v.version desc limit 1
     )
     select exists (
       select from study.gap g, rule
       where g.participant_id = $1::int and g.recovered_at is null and g.ends_at > $2::date
         and rule.enabled
         and (g.cause in ('sensor_dropout', 'short_unknown', 'device_memory_exceeded')
           or rule.across and g.cause in ('not_worn', 'charging', 'battery_empty'))
     ) or exists (
       select from study.imputed_sample i
       where i.participant_id = $1::int and i.retired_at is null
         and (i.time > $2::date or not (select enabled from rule))
     ) as wanted`,
    [participantId, since],
  );
  return rows[0]?.wanted ?? false;
}

/** Days from `since` on that have a gap of this series or a current run; newest last. */
export async function listGapDays(
  db: Queryable,
  participantId: number,
  seriesId: number,
  since: string,
): Promise<GapDay[]> {
  const { rows } = await db.query<{
    day: string;
    startsAt: Date;
    endsAt: Date;
    starts: Date[];
    ends: Date[];
    causes: GapCause[];
    inputHash: string | null;
  }>(
    `with gap as (
       select g.starts_at, g.ends_at, g.cause, study.local_day($1::int, g.starts_at) as day
       from study.gap g
       where g.participant_id = $1::int and g.series_id = $2::smallint and g.recovered_at is null
         and g.ends_at > ($3::date - 1)::timestamp at time zone 'UTC'
     ), run as (
       select r.day, encode(r.input_sha256, 'hex') as hash
       from study.imputation_run r
       where r.participant_id = $1::int and r.series_id = $2::smallint and r.superseded_at is null
         and r.day >= $3::date
     ), wanted as (
       select day from gap where day >= $3::date union select day from run
     )
     select w.day, d.starts_at as "startsAt", d.ends_at as "endsAt",
       (select hash from run where run.day = w.day) as "inputHash",
       coalesce(array_agg(g.starts_at order by g.starts_at) filter (where g.day is not null), '{}') as starts,
       coalesce(array_agg(g.ends_at order by g.starts_at) filter (where g.day is not null), '{}') as ends,
       coalesce(array_agg(g.cause order by g.starts_at) filter (where g.day is not null), '{}') as causes
     from wanted w
     cross join lateral study.local_days($1::int, w.day, w.day) d
     left join gap g on g.day = w.day
     group by w.day, d.starts_at, d.ends_at
     order by w.day`,
    [participantId, seriesId, since],
  );
  return rows.map(({ starts, ends, causes, ...day }) => ({
    ...day,
    gaps: starts.map((startsAt, i) => ({
      startsAt,
      endsAt: ends[i] ?? startsAt,
      cause: causes[i] ?? "short_unknown",
    })),
  }));
}

/**
 * The mean of each whole minute of a span in which something is stored, in units of the registry's scale; NaN in the others.
 * Rows come packed, eight bytes a sample, and are averaged here: as two arrays of text a fortnight takes three times as long.
 */
export async function readMinuteMeans(
  db: Queryable,
  participantId: number,
  seriesId: number,
  { from, to }: Readonly<{ from: Date; to: Date }>,
): Promise<Float64Array> {
  const { rows } = await db.query<{ packed: Buffer | null }>(
    `select string_agg(
       int4send(floor(date_part('epoch', s.time - $3::timestamptz) / 60)::int) || int4send(s.value::int), '') as packed
     from study.sample s
     where s.participant_id = $1::int and s.series_id = $2::smallint
       and s.time >= $3::timestamptz and s.time < $4::timestamptz`,
    [participantId, seriesId, from, to],
  );
  const packed = rows[0]?.packed ?? Buffer.alloc(0);
  const sums = new Float64Array(Math.ceil((to.getTime() - from.getTime()) / 60_000));
  const counts = new Uint32Array(sums.length);
  for (let offset = 0; offset < packed.length; offset += 8) {
    const minute = packed.readInt32BE(offset);
    sums[minute] = (sums[minute] ?? 0) + packed.readInt32BE(offset + 4);
    counts[minute] = (counts[minute] ?? 0) + 1;
  }
  return sums.map((sum, minute) => sum / (counts[minute] || Number.NaN));
}

/** Where the local days begin that touch a span. */
export async function readDayStarts(
  db: Queryable,
  participantId: number,
  { from, to }: Readonly<{ from: Date; to: Date }>,
): Promise<Date[]> {
  const { rows } = await db.query<{ startsAt: Date }>(
    `select d.starts_at as "startsAt"
     from study.local_days($1::int, ($2::timestamptz at time zone 'UTC')::date - 2,
       ($3::timestamptz at time zone 'UTC')::date + 2) d
     where d.ends_at > $2::timestamptz and d.starts_at < $3::timestamptz
     order by d.starts_at`,
    [participantId, from, to],
  );
  return rows.map(({ startsAt }) => startsAt);
}

/** How many nights' back-tests speak for a day. */
const NIGHTS = 28;

/** The back-tests of the four weeks before a day, in a stable order. */
export async function readBackTests(
  db: Queryable,
  participantId: number,
  seriesId: number,
  before: string,
): Promise<BackTest[]> {
  const { rows } = await db.query<BackTest & { method: Method }>(
    `select length_minutes as "lengthMinutes", method, minutes, absolute_error as "absoluteError",
       linear_error as "linearError", covered, squared_score as "squaredScore"
     from study.back_test
     where participant_id = $1::int and series_id = $2::smallint
       and day < $3::date and day >= $3::date - $4::int
     order by day, length_minutes, method`,
    [participantId, seriesId, before, NIGHTS],
  );
  return rows;
}
