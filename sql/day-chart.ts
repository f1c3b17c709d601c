import type { Queryable } from "./pool.ts";

/** A local day and its neighbours that are in the ledger. */
export type ChartDay = Readonly<{
  participantId: number;
  study: string;
  site: string | null;
  timeZone: string;
  startsAt: Date;
  endsAt: Date;
  before: string | null;
  after: string | null;
}>;

/** Minutes count from the day's start; heart rates are bpm. */
export type ImputedMinute = Readonly<{
  minute: number;
  value: number;
  lower: number;
  upper: number;
  method: string;
  provisional: boolean;
}>;
export type ChartGap = Readonly<{
  from: number;
  to: number;
  cause: string;
  /** Why it was not filled; null where it was, or where nobody looked yet. */
  refusal: string | null;
  /** Steps probably walked in it; null where they are known or cannot be expected. */
  expectedSteps: Readonly<{ total: number; lower: number; upper: number; days: number }> | null;
}>;
export type ChartStage = Readonly<{ from: number; to: number; stage: string }>;

export type DayContent = Readonly<{
  measured: readonly Readonly<{ minute: number; value: number }>[];
  imputed: readonly ImputedMinute[];
  gaps: readonly ChartGap[];
  /** Steps of each quarter of an hour that has any: `minute` is its first. */
  steps: readonly Readonly<{ minute: number; count: number }>[];
  stages: readonly ChartStage[];
}>;

/** Null where the participant is unknown or the day is not in the ledger. */
export async function readChartDay(
  db: Queryable,
  shortId: string,
  day: string,
): Promise<ChartDay | null> {
  const { rows } = await db.query<ChartDay>(
    `select p.id as "participantId", st.slug as study, site.name as site, zone.time_zone as "timeZone", l.starts_at as "startsAt", l.ends_at as "endsAt",
       (select max(b.day) from study.ledger b where b.participant_id = p.id and b.day < l.day) as before,
       (select min(a.day) from study.ledger a where a.participant_id = p.id and a.day > l.day) as after
     from study.participant p
     join study.study st on st.id = p.study_id
     left join study.site site on site.id = p.site_id
     join study.ledger l on l.participant_id = p.id and l.day = $2::date
     join lateral (
       select z.time_zone from study.participant_zone z
       where z.participant_id = p.id and z.from_at <= l.starts_at
       order by z.from_at desc limit 1
     ) zone on true
     where p.short_id = $1::text`,
    [shortId, day],
  );
  return rows[0] ?? null;
}

/** Everything a day's chart shows. Side by side: each query reads one day of one participant by an index. */
export async function readDayContent(db: Queryable, day: ChartDay): Promise<DayContent> {
  const { participantId, startsAt, endsAt } = day;
  const ask = async <Row extends object>(text: string) =>
    (await db.query<Row>(text, [participantId, startsAt, endsAt])).rows;
  const [measured, imputed, gaps, steps, stages] = await Promise.all([
    ask<DayContent["measured"][number]>(MEASURED),
    ask<ImputedMinute>(IMPUTED),
    ask<ChartGap>(GAPS),
    ask<DayContent["steps"][number]>(STEPS),
    ask<ChartStage>(STAGES),
  ]);
  return { measured, imputed, gaps, steps, stages };
}

const MINUTE_OF = (time: string) =>
  `floor(extract(epoch from ${time} - $2::timestamptz) / 60)::int`;
const inDay = (row: string) =>
  `${row}.participant_id = $1::int and ${row}.time >= $2::timestamptz and ${row}.time < $3::timestamptz`;

const MEASURED = `
  select ${MINUTE_OF("s.time")} as minute, avg(s.value)::float8 / m.scale as value
  from study.sample s
  join study.series r on r.id = s.series_id and r.for_analysis
  join study.metric m on m.id = r.metric_id and m.name = 'heart_rate'
  where ${inDay("s")}
  group by 1, m.scale order by 1`;

const IMPUTED = `
  select ${MINUTE_OF("i.time")} as minute, i.value::float8 / m.scale as value, i.lower::float8 / m.scale as lower,
    i.upper::float8 / m.scale as upper, g.method, g.provisional
  from study.imputed_sample i
  join study.series r on r.id = i.series_id and r.for_analysis
  join study.metric m on m.id = r.metric_id and m.name = 'heart_rate'
  join study.imputed_gap g on g.run_id = i.run_id and i.time >= g.starts_at and i.time < g.ends_at
  where ${inDay("i")} and i.retired_at is null
  order by 1`;

const GAPS = `
  select greatest(0, ${MINUTE_OF("g.starts_at")}) as from,
    least(${MINUTE_OF("$3::timestamptz")}, ${MINUTE_OF("g.ends_at")}) as to, g.cause, receipt.refusal, receipt."expectedSteps"
  from study.gap g
  join study.series r on r.id = g.series_id and r.for_analysis
  left join lateral (
    select i.refusal,
      case when i.expected_steps is not null then jsonb_build_object('total', i.expected_steps,
        'lower', i.expected_steps_lower, 'upper', i.expected_steps_upper, 'days', i.expected_steps_days) end as "expectedSteps"
    from study.imputed_gap i join study.imputation_run run on run.id = i.run_id
    where i.participant_id = g.participant_id and i.series_id = g.series_id and i.starts_at = g.starts_at
      and run.superseded_at is null limit 1
  ) receipt on true
  where g.participant_id = $1::int and g.recovered_at is null and g.starts_at < $3::timestamptz
    and g.ends_at > $2::timestamptz
  order by g.starts_at`;

const STEPS = `
  select ${MINUTE_OF("s.time")} / 15 * 15 as minute, sum(s.value)::int as count
  from study.sample s
  join study.series r on r.id = s.series_id and r.for_analysis
  join study.metric m on m.id = r.metric_id and m.name = 'steps'
  where ${inDay("s")}
  group by 1 order by 1`;

const STAGES = `
  select greatest(0, ${MINUTE_OF("g.starts_at")}) as from,
    least(${MINUTE_OF("$3::timestamptz")}, ${MINUTE_OF("g.ends_at")}) as to, g.stage
  from study.session s
  join study.session_stage g on g.session_id = s.id
  where s.participant_id = $1::int and g.starts_at < $3::timestamptz and g.ends_at > $2::timestamptz
  order by g.starts_at`;
