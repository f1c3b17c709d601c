import type { MetricSeries, Resolution, ValueSet } from "./read-series.ts";

/**
 * The text of the queries of sql/read-series.ts. Parameters: 1 participant, 2 series, 3 from, 4 to, 5 limit, 6 scale,
 * and of raw 7, the last series already given at `from`.
 */
const UNIT = (value: string) => `${value}::double precision / $6::int`;
const OF = (row: string) =>
  `${row}.participant_id = $1::int and ${row}.series_id = any ($2::smallint[])`;
const NAMED = `join study.series r on r.id = v.series_id`;

const RAW_MEASURED = `
  select s.time, s.series_id, ${UNIT("s.value")} as value, null::double precision as lower,
    null::double precision as upper, null::text as method
  from study.sample s
  where ${OF("s")} and s.time >= $3::timestamptz and s.time < $4::timestamptz`;

const RAW_IMPUTED = `
  select i.time, i.series_id, ${UNIT("i.value")} as value, ${UNIT("i.lower")} as lower, ${UNIT("i.upper")} as upper,
    g.method
  from study.imputed_sample i
  join study.imputed_gap g on g.run_id = i.run_id and i.time >= g.starts_at and i.time < g.ends_at
  where ${OF("i")} and i.time >= $3::timestamptz and i.time < $4::timestamptz and i.retired_at is null
    and not exists (
      select from study.sample s
      where s.participant_id = i.participant_id and s.series_id = i.series_id
        and s.time >= i.time and s.time < i.time + interval '1 minute'
        and s.time >= $3::timestamptz and s.time < $4::timestamptz + interval '1 minute')`;

const rawQuery = (of: string) => `
  select v.time, v.time as until, null::date as day, v.value, v.value as min, v.value as max,
    (v.lower is null)::int as measured, (v.lower is not null)::int as imputed, v.lower, v.upper, v.method,
    r.source || '/' || r.family as source, v.series_id
  from (${of}) v ${NAMED}
  where v.time > $3::timestamptz or v.series_id > $7::int
  order by v.time, v.series_id limit $5::int`;

export const RAW_QUERY: Readonly<Record<ValueSet, string>> = {
  measured: rawQuery(RAW_MEASURED),
  imputed: rawQuery(RAW_IMPUTED),
  analysis: rawQuery(`${RAW_MEASURED} union all ${RAW_IMPUTED}`),
};

type BucketOf = Exclude<Resolution, "raw">;
type Asked = Readonly<{
  resolution: BucketOf;
  set: ValueSet;
  kind: MetricSeries["kind"];
  dense: boolean;
  /** Some day begins within an hour of UTC. */
  partHours: boolean;
}>;

/**
 * What the buckets touched can reach to, as constants, so that the planner leaves other chunks out: no local day is longer
 * than 50 hours (study.ledger has it), flown west over the date line.
 */
const near = (time: string) =>
  `${time} >= $3::timestamptz - interval '50 hours' and ${time} < $4::timestamptz + interval '50 hours'`;

/** Measured and imputed values of each bucket, side by side; which of them count is the set's choice. */
export function bucketQuery(asked: Asked): string {
  const { resolution, set, kind } = asked;
  const byMinute = resolution === "minute";
  return `
  with ledger_day as (
    select l.day, l.starts_at, l.ends_at, ${set === "analysis" && resolution === "day" ? RECEIVED : "null::int"} as minutes
    from study.ledger l
    where l.participant_id = $1::int and l.ends_at > $3::timestamptz and l.starts_at < $4::timestamptz
  ), measured as (${set === "imputed" ? NOTHING : measuredBuckets(asked)}
  ), imputed as (${set === "measured" ? NO_MINUTES : IMPUTED_MINUTES}
  ), span as (${resolution === "day" ? DAY_SPAN : gridSpan(resolution)}
  ), filled as (
    select s.time, count(*)::int as n, sum(i.value)::double precision as sum, min(i.value) as min, max(i.value) as max,
      min(i.lower) as lower, max(i.upper) as upper, min(i.method) as method
    from imputed i join span s on i.time >= s.time and i.time < s.until
    ${byMinute ? "where not exists (select from measured m where m.time = s.time)" : ""}
    group by 1
  )
  select s.time, s.until, s.day, ${kind === "interval" ? TOTAL : MEAN} as value,
    ${UNIT("least(m.min, f.min)")} as min, ${UNIT("greatest(m.max, f.max)")} as max,
    coalesce(m.n, 0) as measured, coalesce(f.n, 0) as imputed,
    ${byMinute ? UNIT("f.lower") : "null::double precision"} as lower,
    ${byMinute ? UNIT("f.upper") : "null::double precision"} as upper,
    ${byMinute ? "f.method" : "null::text"} as method,
    null::text as source, null::int as series_id
  from span s
  left join measured m on m.time = s.time
  left join filled f on f.time = s.time
  where m.n > 0 or f.n > 0
  order by s.time limit $5::int`;
}

/** n, sum, min and max of each bucket that has samples: by the hour and day of dense metrics from the aggregate. */
function measuredBuckets({ resolution, dense, partHours }: Asked): string {
  if (resolution === "minute") return bucketsOfSamples("minute");
  if (resolution === "hour") return dense ? HOURS : bucketsOfSamples("hour");
  return dense ? daysOfHours(partHours) : DAYS_OF_SAMPLES;
}

const within = (time: string, unit: string) => `
    ${time} >= time_bucket(interval '1 ${unit}', $3::timestamptz)
      and ${time} < time_bucket(interval '1 ${unit}', $4::timestamptz - interval '1 microsecond') + interval '1 ${unit}'`;

const bucketsOfSamples = (unit: string) => `
    select time_bucket(interval '1 ${unit}', s.time) as time, count(*)::int as n, sum(s.value)::double precision as sum,
      min(s.value) as min, max(s.value) as max
    from study.sample s
    where ${OF("s")} and ${within("s.time", unit)}
    group by 1`;

/** Buckets of UTC that hold anything; where one begins before the range it is whole all the same. */
const gridSpan = (unit: string) => `
    select b.time, b.time + interval '1 ${unit}' as until, null::date as day, null::int as minutes
    from (
      select time from measured
      union
      select time_bucket(interval '1 ${unit}', i.time) from imputed i where ${within("i.time", unit)}
    ) b (time)`;

const DAY_SPAN = "select starts_at as time, ends_at as until, day, minutes from ledger_day";

const HOURS = `
  select h.hour as time, sum(h.n)::int as n, sum(h.sum)::double precision as sum, min(h.min) as min, max(h.max) as max
  from study.sample_hour h
  where ${OF("h")} and h.hour > $3::timestamptz - interval '1 hour' and h.hour < $4::timestamptz
  group by 1`;

const DAYS_OF_SAMPLES = `
  select d.starts_at as time, t.n, t.sum, t.min, t.max
  from ledger_day d
  -- Lateral, so that each day is a range of the index.
  cross join lateral (
    select count(*)::int as n, sum(s.value)::double precision as sum, min(s.value) as min, max(s.value) as max
    from study.sample s
    where ${OF("s")} and s.time >= d.starts_at and s.time < d.ends_at
      and ${near("s.time")}
  ) t
  where t.n > 0`;

/** Whole hours from the aggregate; where a day begins within an hour (half-hour zones), that hour's part from samples. */
const edge = (from: string, to: string) => `
    select count(*)::int, sum(s.value)::double precision, min(s.value), max(s.value)
    from study.sample s
    where ${from} < ${to} and ${OF("s")} and s.time >= ${from} and s.time < ${to}
      and ${near("s.time")}`;
const FULL_FROM =
  "least(time_bucket(interval '1 hour', d.starts_at + interval '1 hour' - interval '1 microsecond'), d.ends_at)";
const FULL_TO = `greatest(time_bucket(interval '1 hour', d.ends_at), ${FULL_FROM})`;

const daysOfHours = (partHours: boolean) => `
  select d.starts_at as time, sum(t.n)::int as n, sum(t.sum) as sum, min(t.min) as min, max(t.max) as max
  from ledger_day d
  cross join lateral (
    select h.n, h.sum::double precision, h.min, h.max from study.sample_hour h
    where ${OF("h")} and h.hour >= ${FULL_FROM} and h.hour < ${FULL_TO}
      and ${near("h.hour")}
    ${partHours ? `union all ${edge("d.starts_at", FULL_FROM)} union all ${edge(FULL_TO, "d.ends_at")}` : ""}
  ) t (n, sum, min, max)
  group by 1 having sum(t.n) > 0`;

const NOTHING = `
    select null::timestamptz as time, null::int as n, null::double precision as sum, null::int as min, null::int as max
    where false`;
const NO_MINUTES = `
    select null::timestamptz as time, null::int as value, null::int as lower, null::int as upper, null::text as method
    where false`;
const IMPUTED_MINUTES = `
    select v.time, v.value, v.lower, v.upper, v.method from (
      select i.time, i.value, i.lower, i.upper, g.method
      from study.imputed_sample i
      join study.imputed_gap g on g.run_id = i.run_id and i.time >= g.starts_at and i.time < g.ends_at
      where ${OF("i")} and i.retired_at is null
        and ${near("i.time")}
    ) v`;

const TOTAL = UNIT("(coalesce(m.sum, 0) + coalesce(f.sum, 0))");

/** Minutes of a day with samples, as far as they are kept: a day settled later counts what is left. */
const RECEIVED = `(
      select sum(m.received_minutes)::int from study.ledger_metric m
      where ${OF("m")} and m.day = l.day
        and l.starts_at >= coalesce((select kept_from from study.retention), '-infinity'))`;

/**
 * A mean by the minute: of what was measured no more counts than the bucket has minutes that are not imputed, nor, of a
 * day, than the ledger has minutes of it, so that a series with several samples a minute does not outweigh imputed ones.
 */
const WEIGHT = `least(coalesce(m.n, 0), s.minutes,
  greatest(extract(epoch from s.until - s.time)::double precision / 60 - coalesce(f.n, 0), 0))`;
const MEAN = UNIT(`((coalesce(m.sum / nullif(m.n, 0), 0) * ${WEIGHT} + coalesce(f.sum, 0))
  / nullif(${WEIGHT} + coalesce(f.n, 0), 0))`);
