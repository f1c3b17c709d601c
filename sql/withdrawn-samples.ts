import type { TimeWindow } from "../sources/source.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import type { SampleOwner } from "./samples.ts";

/** A window that was read to its last page: every instant the source gave (epoch milliseconds), and when. */
export type WholeReading = Readonly<{
  window: TimeWindow;
  times: readonly number[];
  began: Date;
  ended: Date;
}>;

/** Samples the source did not give this time, and those that are gone for good. */
export type Absences = Readonly<{ absent: number; withdrawn: number }>;

/** Between the two readings that lack something; and where most of the window is lacking. */
export const WITHDRAWN_AFTER_HOURS = 6;
export const MOSTLY_WITHDRAWN_AFTER_HOURS = 7 * 24;

/**
 * Compares what is stored of a window with what the source gave of it. A sample that is lacking is noted; lacking
 * again in a reading that began hours later it is removed, with a revision where its day had been final. One that came
 * back is forgotten here. Running it again changes nothing.
 */
export async function settleAbsences(
  db: Queryable,
  { participantId, seriesId, workflowRunId }: SampleOwner,
  { window, times, began, ended }: WholeReading,
): Promise<Absences> {
  const { rows } = await db.query<Absences>(SETTLE_ABSENCES, [
    participantId,
    seriesId,
    times,
    window.from,
    window.to,
    began,
    ended,
    workflowRunId,
    WITHDRAWN_AFTER_HOURS,
    MOSTLY_WITHDRAWN_AFTER_HOURS,
  ]);
  return only(rows, "settled window");
}

/** Whether any sample of the series is stored in the window. */
export async function holdsSamples(
  db: Queryable,
  { participantId, seriesId }: SampleOwner,
  { from, to }: TimeWindow,
): Promise<boolean> {
  const { rows } = await db.query<{ held: boolean }>(
    // The first of them and not whether there is any: then the planner would scan a day of everybody, and find none.
    `select (
       select time from study.sample
       where participant_id = $1::int and series_id = $2::smallint
         and time >= $3::timestamptz and time < $4::timestamptz
       order by time limit 1) is not null as held`,
    [participantId, seriesId, from, to],
  );
  return only(rows, "whether samples are held").held;
}

const SETTLE_ABSENCES = `
with given as (
  select timestamptz 'epoch' + ms * interval '1 millisecond' as time from unnest($3::float8[]) as page (ms)
), stored as (
  select s.time, s.value, s.time not in (select time from given) as absent
  from study.sample s
  where s.participant_id = $1::int and s.series_id = $2::smallint
    and s.time >= $4::timestamptz and s.time < $5::timestamptz
), most as (
  select count(*) filter (where absent) * 2 > count(*) as lacking from stored
), came_back as (
  delete from study.sample_absence a
  where a.participant_id = $1::int and a.series_id = $2::smallint
    and a.time >= $4::timestamptz and a.time < $5::timestamptz
    and a.time not in (select time from stored where absent)
), gone as (
  select s.time, s.value
  from stored s
  join study.sample_absence a
    on a.participant_id = $1::int and a.series_id = $2::smallint and a.time = s.time
  where s.absent and a.absent_since <= $6::timestamptz - make_interval(hours =>
    case when (select lacking from most) then $10::int else $9::int end)
), noted as (
  insert into study.sample_absence (participant_id, series_id, time, absent_since)
  select $1::int, $2::smallint, time, $7::timestamptz from stored
  where absent and time not in (select time from gone)
  on conflict do nothing
), revised as (
  insert into study.sample_revision (participant_id, series_id, time, old_value, new_value, revised_at,
    workflow_run_id)
  select $1::int, $2::smallint, g.time, g.value, null, $7::timestamptz, $8::text
  from gone g
  join study.ledger l on l.participant_id = $1::int and g.time >= l.starts_at and g.time < l.ends_at
  join study.ledger_metric m
    on m.participant_id = $1::int and m.day = l.day and m.series_id = $2::smallint and m.first_final_at is not null
  on conflict do nothing
), removed as (
  delete from study.sample s
  where s.participant_id = $1::int and s.series_id = $2::smallint
    and s.time >= $4::timestamptz and s.time < $5::timestamptz and s.time in (select time from gone)
), cleared as (
  delete from study.sample_absence a
  where a.participant_id = $1::int and a.series_id = $2::smallint and a.time in (select time from gone)
), touched as (
  insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
  select $1::int, $2::smallint, min(time), max(time) + interval '1 millisecond', 'ingest', $7::timestamptz
  from gone where $2::smallint < 1000 having count(*) > 0
)
select
  (select count(*) from stored where absent)::int - (select count(*) from gone)::int as absent,
  (select count(*) from gone)::int as withdrawn`;
