import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/**
 * The series of a source (heart rate and steps) whose ledger does not show yet what is stored of this participant in
 * these days: never settled in full, or changed by a file since. An import that changed nothing settles nothing.
 */
export async function listUnsettledSeries(
  db: Queryable,
  participantId: number,
  source: string,
  { firstDay, lastDay }: Readonly<{ firstDay: string; lastDay: string }>,
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select s.id
     from study.series s
     join study.metric m on m.id = s.metric_id
     cross join lateral (
       select count(*) filter (where l.read_at is not null) as days, min(l.read_at) as read_at
       from study.ledger_metric l
       where l.participant_id = $1::int and l.series_id = s.id and l.day between $3::date and $4::date
     ) settled
     where s.source = $2::text and (m.dense or m.kind = 'interval')
       and exists (select from study.sample v where v.participant_id = $1::int and v.series_id = s.id)
       and (
         settled.days <= $4::date - $3::date
         or exists (
           select from study.fetch f
           where f.participant_id = $1::int and f.series_id = s.id and f.method = 'FILE'
             and f.inserted + f.updated > 0 and f.fetched_at >= settled.read_at
         )
       )
     order by s.id`,
    [participantId, source, firstDay, lastDay],
  );
  return rows.map(({ id }) => id);
}

/** The local days from one to another, as dates. */
export async function listDays(
  db: Queryable,
  firstDay: string,
  lastDay: string,
): Promise<string[]> {
  const { rows } = await db.query<{ day: string }>(
    "select day::date from generate_series($1::timestamp, $2::timestamp, interval '1 day') as day",
    [firstDay, lastDay],
  );
  return rows.map(({ day }) => day);
}

/**
 * Makes imported days final. A file is no provider that may still have more: a day is complete as far as the export
 * goes once all its files were read to the end and the same series holds something later than the day. The last
 * day of an export, which mostly ends in the middle of it, stays open.
 */
export async function closeImportedDays(
  db: Queryable,
  participantId: number,
  seriesId: number,
): Promise<void> {
  await db.query(
    `update study.ledger_metric m set
       stable_since = coalesce(m.stable_since, m.read_at),
       final_at = m.read_at,
       first_final_at = coalesce(m.first_final_at, m.read_at)
     from study.ledger l
     where m.participant_id = $1::int and m.series_id = $2::smallint
       and l.participant_id = m.participant_id and l.day = m.day
       and m.read_at is not null and m.final_at is null
       and l.ends_at <= (
         select max(n.last_sample_at) from study.ledger_metric n
         where n.participant_id = $1::int and n.series_id = $2::smallint
       )`,
    [participantId, seriesId],
  );
}

/** What a study holds of a source now. */
export type ImportedTotals = Readonly<{
  participants: number;
  heartRateSamples: number;
  stepMinutes: number;
  steps: number;
  sleepSessions: number;
  sleepDays: number;
  activityDays: number;
  weights: number;
}>;

/** Counts what is stored from a source, over a whole study. */
export async function countImported(
  db: Queryable,
  study: string,
  source: string,
): Promise<ImportedTotals> {
  const { rows } = await db.query<ImportedTotals>(
    `with person as (
       select p.id from study.participant p join study.study s on s.id = p.study_id where s.slug = $1::text
     ), series as (
       select r.id, m.name from study.series r join study.metric m on m.id = r.metric_id where r.source = $2::text
     ), sampled as (
       select series.name, v.participant_id, count(*)::int as n, sum(v.value)::bigint as total
       from study.sample v join series on series.id = v.series_id
       where v.participant_id in (select id from person)
       group by series.name, v.participant_id
     ), daily as (
       select series.name, v.participant_id, count(*)::int as n
       from study.daily_value v join series on series.id = v.series_id
       where v.participant_id in (select id from person)
       group by series.name, v.participant_id
     ), slept as (
       select v.participant_id from study.session v join series on series.id = v.series_id
       where v.participant_id in (select id from person)
     )
     select
       (select count(*) from (select participant_id from sampled union select participant_id from daily
         union select participant_id from slept) anybody)::int as participants,
       (select coalesce(sum(n), 0) from sampled where name = 'heart_rate')::int as "heartRateSamples",
       (select coalesce(sum(n), 0) from sampled where name = 'steps')::int as "stepMinutes",
       (select coalesce(sum(total), 0) from sampled where name = 'steps')::bigint as steps,
       (select count(*) from slept)::int as "sleepSessions",
       (select coalesce(sum(n), 0) from daily where name = 'daily_sleep_minutes')::int as "sleepDays",
       (select coalesce(sum(n), 0) from daily where name = 'daily_steps')::int as "activityDays",
       (select coalesce(sum(n), 0) from sampled where name = 'weight')::int as weights`,
    [study, source],
  );
  return only(rows, "study");
}
