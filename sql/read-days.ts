import type { DayState } from "../adherence/day-state.ts";
import type { Stage } from "../sources/source.ts";
import type { Queryable } from "./pool.ts";
import type { StaffSite } from "./staff.ts";

/** Local days from `from` to `to`, both included; null is open. */
export type DaysRange = Readonly<{ from: string | null; to: string | null }>;

export type DayRow = Readonly<{
  participant: string;
  day: string;
  starts_at: Date;
  ends_at: Date;
  expected_minutes: number;
  wear_minutes: number;
  heart_rate_minutes: number | null;
  step_minutes: number | null;
  last_sample_at: Date | null;
  read_at: Date | null;
  final: boolean;
  final_at: Date | null;
  state: DayState;
  valid_so_far: boolean | null;
}>;

const DAY = `d.participant, d.day, d.starts_at, d.ends_at, d.expected_minutes, d.wear_minutes, d.heart_rate_minutes,
  d.step_minutes, d.last_sample_at, d.read_at, d.final, d.final_at, d.state, d.valid_so_far`;

/** A participant's local days, the oldest first; `after` is the last day of the page before. */
export async function readDays(
  db: Queryable,
  shortId: string,
  { from, to, after, limit }: DaysRange & Readonly<{ after: string | null; limit: number }>,
): Promise<DayRow[]> {
  const { rows } = await db.query<DayRow>(
    `select ${DAY} from reporting.participant_day d
     where d.participant = $1::text and ($2::date is null or d.day >= $2::date)
       and ($3::date is null or d.day <= $3::date) and ($4::date is null or d.day > $4::date)
     order by d.day
     limit $5::int`,
    [shortId, from, to, after, limit],
  );
  return rows;
}

/** The days of the next `people` participants of a study after a short id, by id and day. Empty: there is nobody more. */
export async function readStudyDays(
  db: Queryable,
  asked: DaysRange &
    Readonly<{ study: string; bound: StaffSite | null; after: string; people: number }>,
): Promise<Readonly<{ last: string | null; rows: DayRow[] }>> {
  const { study, bound, after, people, from, to } = asked;
  const found = await db.query<{ participant: string }>(
    `select p.short_id as participant from study.participant p
     join study.study s on s.id = p.study_id
     left join study.site t on t.id = p.site_id
     where s.slug = $1::text and p.short_id > $2::text
       and ($3::text is null or (s.slug = $3::text and t.name = $4::text))
     order by p.short_id limit $5::int`,
    [study, after, bound?.study ?? null, bound?.name ?? null, people],
  );
  const ids = found.rows.map(({ participant }) => participant);
  const last = ids.at(-1) ?? null;
  if (last === null) return { last, rows: [] };
  const { rows } = await db.query<DayRow>(
    `select ${DAY} from reporting.participant_day d
     where d.participant = any ($1::text[]) and ($2::date is null or d.day >= $2::date)
       and ($3::date is null or d.day <= $3::date)
     order by d.participant, d.day`,
    [ids, from, to],
  );
  return { last, rows };
}

export type GapRow = Readonly<{
  metric: string;
  source: string;
  starts_at: Date;
  ends_at: Date;
  minutes: number;
  cause: string;
  recoverable_until: Date | null;
  found_at: Date;
}>;

/** Instants, half-open. */
export type TimeRange = Readonly<{ from: Date; to: Date }>;

/** Missing stretches that overlap a range and were not filled by late data, by start; those that start together are on one page. */
export async function readGaps(
  db: Queryable,
  shortId: string,
  { from, to, after, limit }: TimeRange & Readonly<{ after: Date | null; limit: number }>,
): Promise<GapRow[]> {
  const { rows } = await db.query<GapRow>(
    `select m.name as metric, r.source, g.starts_at, g.ends_at,
       round(extract(epoch from g.ends_at - g.starts_at) / 60)::int as minutes, g.cause, g.recoverable_until,
       g.found_at
     from study.gap g
     join study.participant p on p.id = g.participant_id
     join study.series r on r.id = g.series_id and r.for_analysis
     join study.metric m on m.id = r.metric_id
     where p.short_id = $1::text and g.recovered_at is null
       and g.starts_at < $3::timestamptz and g.ends_at > $2::timestamptz
       and ($4::timestamptz is null or g.starts_at > $4::timestamptz)
     order by g.starts_at
     fetch first ($5::int) rows with ties`,
    [shortId, from, to, after, limit],
  );
  return rows;
}

export type SleepRow = Readonly<{
  day: string;
  starts_at: Date;
  ends_at: Date;
  main: boolean;
  processed: boolean;
  minutes_asleep: number | null;
  minutes_in_bed: number | null;
  stages: Readonly<{ starts_at: string; ends_at: string; stage: Stage }>[];
}>;

/** Sleeps by the local day they end in, the oldest first; several of a day are on one page. */
export async function readSleep(
  db: Queryable,
  shortId: string,
  { from, to, after, limit }: DaysRange & Readonly<{ after: string | null; limit: number }>,
): Promise<SleepRow[]> {
  const { rows } = await db.query<SleepRow>(
    `with night as (
       select s.* from study.session s
       join study.participant p on p.id = s.participant_id
       where p.short_id = $1::text and s.kind = 'sleep' and ($2::date is null or s.day >= $2::date)
         and ($3::date is null or s.day <= $3::date) and ($4::date is null or s.day > $4::date)
       order by s.day
       fetch first ($5::int) rows with ties
     )
     select n.day, n.starts_at, n.ends_at, n.main, n.processed, n.minutes_asleep, n.minutes_in_bed,
       coalesce((
         select jsonb_agg(jsonb_build_object('starts_at', g.starts_at, 'ends_at', g.ends_at, 'stage', g.stage)
           order by g.starts_at)
         from study.session_stage g where g.session_id = n.id), '[]') as stages
     from night n order by n.day, n.starts_at, n.id`,
    [shortId, from, to, after, limit],
  );
  return rows;
}

export type DailyRow = Readonly<{ day: string; source: string; value: number; seen_at: Date }>;

/** Values that sources give for whole days, in the metric's unit; those of one day are on one page, read ones before files. */
export async function readDailyValues(
  db: Queryable,
  shortId: string,
  asked: DaysRange & Readonly<{ metric: string; after: string | null; limit: number }>,
): Promise<DailyRow[]> {
  const { metric, from, to, after, limit } = asked;
  const { rows } = await db.query<DailyRow>(
    `with page as (
       select d.day, r.source, r.id, d.value::double precision / m.scale as value, d.seen_at
       from study.daily_value d
       join study.participant p on p.id = d.participant_id
       join study.series r on r.id = d.series_id and r.for_analysis
       join study.metric m on m.id = r.metric_id
       where p.short_id = $1::text and m.name = $2::text and ($3::date is null or d.day >= $3::date)
         and ($4::date is null or d.day <= $4::date) and ($5::date is null or d.day > $5::date)
       order by d.day
       fetch first ($6::int) rows with ties
     )
     select day, source, value, seen_at from page order by day, source <> 'google-health', id`,
    [shortId, metric, from, to, after, limit],
  );
  return rows;
}
