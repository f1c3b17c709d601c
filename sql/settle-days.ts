import { CLOCKS_APART, EMPTY_STABLE_HOURS, STABLE_HOURS } from "./ledger.ts";
import type { Queryable } from "./pool.ts";
import { storedContentSql } from "./sessions.ts";

/** Days settled in one statement: short ones, because the embedded database lets nobody in between. */
const DAYS_A_STATEMENT = 14;

/** A reading that reached the end of its windows: when it began and ended, and the sync known before it. */
export type Reading = Readonly<{ began: Date; ended: Date; syncAt: Date | null }>;

/** Local days of these series; with the reading that has just read them to the end, or null where it broke off. */
export type ReadDays = Readonly<{
  seriesIds: readonly number[];
  days: readonly string[];
  reading: Reading | null;
}>;

/** Settles the days of one series. */
export async function settleDays(
  db: Queryable,
  participantId: number,
  seriesId: number,
  days: readonly string[],
  reading: Reading | null,
): Promise<void> {
  await settleSeries(db, participantId, [{ seriesIds: [seriesId], days, reading }]);
}

/**
 * Brings the ledger in line with what is stored of these series and local days, all series of a stretch of days in one
 * statement. With a `reading`, the days were just read to the end and finality advances: a day whose end the device has
 * synced past, whose content is the same as at a reading that ended ≥ 6 h before this one began (≥ 20 h where it is empty
 * and not dense), is final; a day whose content changed is not, nor one with a sleep that is not processed, with anything
 * the source did not give the last time, or empty because what was told of it was refused. Without it (the reading broke
 * off, or began before the day was asked for again) only the counts move. The newest days come first, so that where no device is
 * known the newest sample is known to the older ones. Running it again changes nothing but the reading's time.
 */
export async function settleSeries(
  db: Queryable,
  participantId: number,
  read: readonly ReadDays[],
): Promise<void> {
  const cells = read.flatMap(({ seriesIds, days, reading }) =>
    seriesIds.flatMap((seriesId) => days.map((day) => ({ seriesId, day, reading }))),
  );
  const newestFirst = [...new Set(cells.map(({ day }) => day))].sort().reverse();
  for (let from = 0; from < newestFirst.length; from += DAYS_A_STATEMENT) {
    const slice = newestFirst.slice(from, from + DAYS_A_STATEMENT);
    const days = new Set(slice);
    const own = cells.filter(({ day }) => days.has(day));
    await db.query(SETTLE_DAYS, [
      participantId,
      own.map(({ seriesId }) => seriesId),
      own.map(({ day }) => day),
      own.map(({ reading }) => reading?.began ?? null),
      own.map(({ reading }) => reading?.ended ?? null),
      own.map(({ reading }) => reading?.syncAt ?? null),
      slice.at(-1),
      slice[0],
      STABLE_HOURS,
      CLOCKS_APART,
      EMPTY_STABLE_HOURS,
    ]);
  }
}

const SETTLE_DAYS = `
with cell as (
  select c.series_id, c.day, s.resolution, s.for_wear, m.dense, k.reopened_at,
    case when overtaken then null else c.began end as began,
    case when overtaken then null else c.ended end as ended,
    case when overtaken then null else c.sync_at end as sync_at
  from unnest($2::smallint[], $3::date[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
    as c (series_id, day, began, ended, sync_at)
  left join study.ledger_metric k on k.participant_id = $1::int and k.day = c.day and k.series_id = c.series_id
  cross join lateral (select coalesce(k.reopened_at > c.began, false) as overtaken) o
  join study.series s on s.id = c.series_id
  join study.metric m on m.id = s.metric_id
), span as materialized (
  select d.day, d.starts_at, d.ends_at, row_number() over (order by d.starts_at)::int as n
  from study.local_days($1::int, $7::date, $8::date) d
), edge as materialized (
  select array_agg(starts_at order by n) as starts, min(starts_at) as first, max(ends_at) as last from span
), measured as (
  -- One look at the samples of the whole stretch: which day one belongs to is a search among the days' starts.
  select s.series_id, s.time, s.value, width_bucket(s.time, edge.starts) as n
  from study.sample s
  cross join edge
  where s.participant_id = $1::int and s.series_id = any (array(
      select series_id from cell where resolution in ('minute', 'sample')
      union select id from study.series where for_wear))
    and s.time >= (select first from edge) and s.time < (select last from edge)
    and s.time >= $7::date - interval '2 days' and s.time < $8::date + interval '3 days'
), worn as (
  select n, count(distinct date_trunc('minute', time))::int as minutes
  from measured
  where series_id in (select id from study.series where for_wear)
  group by n
), day as (
  insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
  select $1::int, day, starts_at, ends_at, extract(epoch from ends_at - starts_at)::int / 60,
    coalesce(worn.minutes, 0), now()
  from span left join worn using (n)
  where day in (select day from cell)
  on conflict (participant_id, day) do update set
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    expected_minutes = excluded.expected_minutes,
    wear_minutes = excluded.wear_minutes,
    settled_at = excluded.settled_at
), found as (
  select m.series_id, span.day,
    count(distinct date_trunc('minute', m.time))::int as minutes,
    min(m.time) as first_at,
    max(m.time) as last_at,
    string_agg((date_part('epoch', m.time) * 1000)::bigint || ':' || m.value, ',' order by m.time) as content,
    true as settled
  from measured m
  join span using (n)
  where (m.series_id, span.day) in (select series_id, day from cell)
  group by m.series_id, span.day
  union all
  select v.series_id, v.day, 0, null, null, v.value::text, v.absent_since is null
  from study.daily_value v
  where v.participant_id = $1::int and (v.series_id, v.day) in (select series_id, day from cell where resolution = 'day')
  union all
  select s.series_id, s.day, least(3000, sum(extract(epoch from s.ends_at - s.starts_at) / 60))::int,
    min(s.starts_at), max(s.ends_at),
    string_agg(s.provider_session_id || ${storedContentSql("s")}, ',' order by s.provider_session_id),
    bool_and(s.processed and s.absent_since is null)
  from study.session s
  where s.participant_id = $1::int
    and (s.series_id, s.day) in (select series_id, day from cell where resolution = 'session')
  group by s.series_id, s.day
), content as (
  select cell.*, span.starts_at, span.ends_at, coalesce(f.minutes, 0) as minutes, f.first_at, f.last_at,
    sha256(convert_to(coalesce(f.content, ''), 'UTF8')) as hash, coalesce(f.settled, cell.dense or not exists (
      -- Nothing, because what this reading told of the day was refused, is not nothing for good.
      select from study.quarantine q
      where q.participant_id = $1::int and q.series_id = cell.series_id and q.replayed_at is null
        and q.at >= span.starts_at and q.at < span.ends_at and q.last_seen_at >= cell.began)) as settled,
    make_interval(hours => case when cell.dense or f.content is not null then $9::int else $11::int end) as wait
  from cell
  join span using (day)
  left join found f on f.series_id = cell.series_id and f.day = cell.day
), newest as (
  -- Where no device is known the newest wearable sample stands in for its sync.
  select greatest(
    (select max(last_at) from content where for_wear),
    (select max(k.last_sample_at) from study.ledger_metric k
     join study.series r on r.id = k.series_id and r.for_wear
     where k.participant_id = $1::int)) as at
), judged as (
  select
    c.*,
    c.ended is not null and coalesce(c.sync_at - $10::interval, newest.at) >= c.ends_at as synced_past,
    -- What the source did not give the last time may be about to go: such a day is not the same yet.
    m.content_hash = c.hash and c.settled and not exists (
      select from study.sample_absence a
      where a.participant_id = $1::int and a.series_id = c.series_id
        and a.time >= c.starts_at and a.time < c.ends_at) as same,
    m.stable_since as was_stable_since,
    m.final_at as was_final_at
  from content c
  cross join newest
  left join study.ledger_metric m
    on m.participant_id = $1::int and m.day = c.day and m.series_id = c.series_id
), next as (
  select
    j.*,
    case
      -- A final day that is read again and found the same keeps its proof, whatever the second look could prove.
      when j.same and j.was_final_at is not null then j.was_stable_since
      when j.synced_past and j.same and j.was_stable_since is not null then j.was_stable_since
      when j.synced_past then j.ended
    end as stable_since
  from judged j
)
insert into study.ledger_metric (participant_id, day, series_id, received_minutes, first_sample_at,
  last_sample_at, content_hash, reopened_at, read_at, read_sync_at, stable_since, final_at)
select $1::int, day, series_id, minutes, first_at, last_at, hash, reopened_at, ended, sync_at, stable_since,
  case
    when same and was_final_at is not null then was_final_at
    when began >= stable_since + wait then ended
  end
from next
on conflict (participant_id, day, series_id) do update set
  received_minutes = excluded.received_minutes,
  first_sample_at = excluded.first_sample_at,
  last_sample_at = excluded.last_sample_at,
  content_hash = excluded.content_hash,
  read_at = coalesce(excluded.read_at, ledger_metric.read_at),
  read_sync_at = case when excluded.read_at is null then ledger_metric.read_sync_at else excluded.read_sync_at end,
  stable_since = case
    when excluded.read_at is null and ledger_metric.content_hash = excluded.content_hash
      then ledger_metric.stable_since
    else excluded.stable_since
  end,
  final_at = excluded.final_at,
  first_final_at = coalesce(ledger_metric.first_final_at, excluded.final_at)
-- Reopened while this statement ran: what it has worked out is of before, and the next run settles the day.
where ledger_metric.reopened_at is not distinct from excluded.reopened_at`;
