import type { Queryable } from "./pool.ts";

/** A stretch of local days to judge, and the wider one that must be looked at for it. */
export type DaysToJudge = Readonly<{
  firstDay: string;
  lastDay: string;
  contextFrom: string;
  contextTo: string;
}>;

/** The rules versions of the days judged so far, and whether their gaps are those of another series than this one. */
export type JudgedBefore = Readonly<{ lowest: number; highest: number; byOtherSeries: boolean }>;

/** What judging has come to before of the days from one on; null where nothing was judged. */
export async function readJudgedBefore(
  db: Queryable,
  participantId: number,
  { firstDay, seriesId }: Readonly<{ firstDay: string; seriesId: number }>,
): Promise<JudgedBefore | null> {
  const { rows } = await db.query<JudgedBefore>(
    `select min(settings_version) as lowest, max(settings_version) as highest,
       exists (
         select from study.gap g
         where g.participant_id = $1::int and g.series_id <> $2::smallint
           and g.starts_at >= (select min(d.starts_at) from study.local_days($1::int, $3::date, $3::date) d)
       ) as "byOtherSeries"
     from study.judged_day where participant_id = $1::int and day >= $3::date having count(*) > 0`,
    [participantId, seriesId, firstDay],
  );
  return rows[0] ?? null;
}

/**
 * Which local days to judge now: those touched, those never judged or with other bounds than before, those that are still
 * open, those on which a device's memory of a gap has ended, those of a pause that is over which nobody read, those before
 * or after an end that has moved, and the neighbours of all of these. Each stretch comes with the days to look at: as far
 * as the battery's next and last reading, the next and last sample and the gaps known so far reach, so that every gap is
 * seen whole (minutes of one value again and again are received and missing at once).
 */
export async function listDaysToJudge(
  db: Queryable,
  participantId: number,
  {
    firstDay,
    endedOn,
    lastDay,
    touched,
    openStates,
    now,
  }: Readonly<{
    firstDay: string;
    endedOn: string | null;
    lastDay: string;
    touched: readonly string[];
    openStates: readonly string[];
    now: Date;
  }>,
): Promise<DaysToJudge[]> {
  const { rows } = await db.query<DaysToJudge>(LIST_DAYS, [
    participantId,
    firstDay,
    lastDay,
    touched,
    openStates,
    endedOn,
    now,
  ]);
  return rows;
}

const LIST_DAYS = `
with day as (
  select d.* from study.local_days($1::int, $2::date, $3::date) d
), known as materialized (
  select g.starts_at, g.ends_at, g.cause, g.recoverable_until from study.gap g
  where g.participant_id = $1::int and g.recovered_at is null
), ended as (
  select k.starts_at, k.ends_at from known k
  where k.cause = 'not_yet_synced' and k.recoverable_until <= $7::timestamptz
), wanted as (
  select d.day from day d
  left join study.judged_day j on j.participant_id = $1::int and j.day = d.day
  where d.day = any ($4::date[]) or j.day is null or j.state = any ($5::text[])
    or j.starts_at <> d.starts_at or j.ends_at <> d.ends_at
    or d.day > $6::date and j.state not in ('after_participation', 'before_enrolment')
    or j.state = 'after_participation' and d.day < coalesce($6::date, 'infinity')
    or j.state = 'paused' and j.proof ->> 'finalAt' is null and not exists (
      select from study.participant p where p.id = $1::int and p.state = 'paused')
    or exists (select from ended e where e.starts_at < d.ends_at and e.ends_at > d.starts_at)
), wide as (
  select distinct d.day, d.starts_at, d.ends_at from day d join wanted w on d.day between w.day - 1 and w.day + 1
), stretch as (
  select min(day) as first_day, max(day) as last_day, min(starts_at) as starts_at, max(ends_at) as ends_at
  from (select w.*, w.day - (row_number() over (order by w.day))::int as island from wide w) i
  group by island
), seen as (
  select s.first_day, s.last_day, s.starts_at, s.ends_at,
    coalesce(study.local_day($1::int, (
      select max(y.synced_at) from study.device_sync y join study.device d on d.id = y.device_id
      where d.participant_id = $1::int and d.kind = 'tracker' and y.synced_at < s.starts_at)), s.first_day) as from_day,
    coalesce(study.local_day($1::int, (
      select min(y.synced_at) from study.device_sync y join study.device d on d.id = y.device_id
      where d.participant_id = $1::int and d.kind = 'tracker' and y.synced_at >= s.ends_at)), s.last_day) as to_day
  from stretch s
)
select s.first_day as "firstDay", s.last_day as "lastDay",
  greatest($2::date, least(coalesce((
    select max(m.day) from study.ledger_metric m
    join study.series r on r.id = m.series_id and r.for_wear and r.dense
    where m.participant_id = $1::int and m.day < s.from_day and m.received_minutes > 0), $2::date),
    study.local_day($1::int, (select min(k.starts_at) from known k where k.starts_at < s.starts_at and k.ends_at >= s.starts_at))
  )) as "contextFrom",
  least($3::date, greatest(coalesce((
    select min(m.day) from study.ledger_metric m
    join study.series r on r.id = m.series_id and r.for_wear and r.dense
    where m.participant_id = $1::int and m.day > s.to_day and m.received_minutes > 0), $3::date),
    study.local_day($1::int, (select max(k.ends_at) from known k where k.starts_at <= s.ends_at and k.ends_at > s.ends_at))
  )) as "contextTo"
from seen s
order by s.first_day`;

/**
 * Whom no run judges any more and who is not judged as things stand: who has paused or left and still has days in one of
 * these states, or judged by rules that have changed; who has left and has days after the last that are not told as such;
 * who is paused and lacks the day that is.
 */
export async function listIdle(
  db: Queryable,
  openStates: readonly string[],
  now: Date,
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select p.id
     from study.participant p
     cross join lateral (
       select j.settings_version from study.judged_day j where j.participant_id = p.id order by j.day desc limit 1
     ) newest
     where p.state in ('paused', 'withdrawn', 'completed')
       and (p.state <> 'completed' and exists (
           select from study.judged_day j where j.participant_id = p.id and j.state = any ($1::text[]))
         or newest.settings_version <> coalesce((select max(v.version) from study.setting v where v.study_id = p.study_id), 0)
         or exists (
           select from study.judged_day j
           where j.participant_id = p.id and j.day > p.ended_on
             and j.state not in ('after_participation', 'before_enrolment'))
         or (p.state = 'paused' and not exists (
           select from study.judged_day j
           where j.participant_id = p.id and j.day >= study.local_day(p.id, $2::timestamptz))))
     order by p.id`,
    [openStates, now],
  );
  return rows.map(({ id }) => id);
}
