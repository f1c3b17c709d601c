import type { Queryable } from "./pool.ts";

/** A stretch of local days to judge, and the wider one that must be looked at for it. */
export type DaysToJudge = Readonly<{
  firstDay: string;
  lastDay: string;
  contextFrom: string;
  contextTo: string;
}>;

/** The rules version of the days judged so far; null where none was. */
export async function readJudgedVersion(
  db: Queryable,
  participantId: number,
): Promise<Readonly<{ lowest: number; highest: number }> | null> {
  const { rows } = await db.query<{ lowest: number | null; highest: number | null }>(
    `select min(settings_version) as lowest, max(settings_version) as highest
     from study.judged_day where participant_id = $1::int`,
    [participantId],
  );
  const { lowest = null, highest = null } = rows[0] ?? {};
  return lowest === null || highest === null ? null : { lowest, highest };
}

/**
 * Which local days to judge now: those touched, those never judged or with other bounds than before, those that are still
 * open, and the neighbours of all of these. Each stretch comes with the days to look at: as far as the battery's next and
 * last reading and the next and last sample reach, so that every gap is seen whole.
 */
export async function listDaysToJudge(
  db: Queryable,
  participantId: number,
  {
    enrolledOn,
    lastDay,
    touched,
    openStates,
  }: Readonly<{
    enrolledOn: string;
    lastDay: string;
    touched: readonly string[];
    openStates: readonly string[];
  }>,
): Promise<DaysToJudge[]> {
  const { rows } = await db.query<DaysToJudge>(LIST_DAYS, [
    participantId,
    enrolledOn,
    lastDay,
    touched,
    openStates,
  ]);
  return rows;
}

const LIST_DAYS = `
with day as (
  select d.* from study.local_days($1::int, $2::date, $3::date) d
), wanted as (
  select d.day from day d
  left join study.judged_day j on j.participant_id = $1::int and j.day = d.day
  where d.day = any ($4::date[]) or j.day is null or j.state = any ($5::text[])
    or j.starts_at <> d.starts_at or j.ends_at <> d.ends_at
), wide as (
  select distinct d.day, d.starts_at, d.ends_at from day d join wanted w on d.day between w.day - 1 and w.day + 1
), stretch as (
  select min(day) as first_day, max(day) as last_day, min(starts_at) as starts_at, max(ends_at) as ends_at
  from (select w.*, w.day - (row_number() over (order by w.day))::int as island from wide w) i
  group by island
), seen as (
  select s.first_day, s.last_day,
    coalesce(study.local_day($1::int, (
      select max(y.synced_at) from study.device_sync y join study.device d on d.id = y.device_id
      where d.participant_id = $1::int and d.kind = 'tracker' and y.synced_at < s.starts_at)), s.first_day) as from_day,
    coalesce(study.local_day($1::int, (
      select min(y.synced_at) from study.device_sync y join study.device d on d.id = y.device_id
      where d.participant_id = $1::int and d.kind = 'tracker' and y.synced_at >= s.ends_at)), s.last_day) as to_day
  from stretch s
)
select s.first_day as "firstDay", s.last_day as "lastDay",
  greatest($2::date, coalesce((
    select max(m.day) from study.ledger_metric m
    join study.series r on r.id = m.series_id and r.for_wear and r.dense
    where m.participant_id = $1::int and m.day < s.from_day and m.received_minutes > 0), $2::date)) as "contextFrom",
  least($3::date, coalesce((
    select min(m.day) from study.ledger_metric m
    join study.series r on r.id = m.series_id and r.for_wear and r.dense
    where m.participant_id = $1::int and m.day > s.to_day and m.received_minutes > 0), $3::date)) as "contextTo"
from seen s
order by s.first_day`;

/** Who has paused or left and still has days in one of these states, or is paused and lacks the day that is. */
export async function listIdle(
  db: Queryable,
  openStates: readonly string[],
  now: Date,
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select p.id
     from study.participant p
     where p.state in ('paused', 'withdrawn')
       and exists (select from study.judged_day j where j.participant_id = p.id)
       and (exists (select from study.judged_day j where j.participant_id = p.id and j.state = any ($1::text[]))
         or (p.state = 'paused' and not exists (
           select from study.judged_day j
           where j.participant_id = p.id and j.day >= study.local_day(p.id, $2::timestamptz))))
     order by p.id`,
    [openStates, now],
  );
  return rows.map(({ id }) => id);
}
