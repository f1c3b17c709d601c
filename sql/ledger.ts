import type { Queryable } from "./pool.ts";

/** A local day that should be read now, as a half-open span of UTC instants cut at the last full minute. */
export type OpenDay = Readonly<{ day: string; from: Date; to: Date }>;

/** The participant's open days with the device sync they are judged by; null where no device is known. */
export type ReadingPlan = Readonly<{ syncAt: Date | null; days: OpenDay[] }>;

/** Smallest time between the two identical reads that make a day final. */
const STABLE_HOURS = 6;
/**
 * How far the provider's clock, which tells when a device synced, may be ahead of the device's, which tells when a
 * minute was measured: a sync is believed to lie past a day's end only where it lies past it by more.
 */
export const CLOCKS_APART = "10 minutes";
/** Days settled in one statement: short ones, because the embedded database lets nobody in between. */
const DAYS_A_STATEMENT = 14;

/**
 * Which local days of one series to read now: from enrolment to today (or the participant's last day), those
 * never read to the end; of the others that are not final, those the device has synced for since, and those
 * whose second reading is due. Where no device is known, every day that is not final, those older than a fortnight
 * once a day. `reopen` adds the local day of an instant, final or not, and with `only` leaves all others out.
 */
export async function planReading(
  db: Queryable,
  participantId: number,
  seriesId: number,
  { now, reopen }: Readonly<{ now: Date; reopen: Readonly<{ at: Date; only: boolean }> | null }>,
): Promise<ReadingPlan> {
  const { rows } = await db.query<OpenDay & { syncAt: Date | null }>(
    `with sync as (
       select max(last_sync_at) as at from study.device where participant_id = $1::int and kind = 'tracker'
     ), day as (
       select d.* from study.participant p
       cross join lateral study.local_days(p.id, p.enrolled_on,
         least(coalesce(p.ended_on, date 'infinity'), study.local_day(p.id, $3::timestamptz))) d
       where p.id = $1::int
     )
     select day.day, day.starts_at as from, least(day.ends_at, date_trunc('minute', $3::timestamptz)) as to,
       sync.at as "syncAt"
     from day
     cross join sync
     left join study.ledger_metric m
       on m.participant_id = $1::int and m.day = day.day and m.series_id = $2::smallint
     where day.starts_at < date_trunc('minute', $3::timestamptz)
       and (
         day.day = study.local_day($1::int, $4::timestamptz)
         or (not $6::boolean and (
           m.read_at is null
           or (m.final_at is null and (
             -- Nothing tells whether there is more: look often at the fortnight a device can still hold, else daily.
             (sync.at is null and (day.ends_at > $3::timestamptz - interval '14 days'
               or m.read_at < $3::timestamptz - interval '20 hours'))
             or sync.at is distinct from m.read_sync_at
             or $3::timestamptz >= m.stable_since + make_interval(hours => $5::int)
           ))
         ))
       )
     order by day.day`,
    [participantId, seriesId, now, reopen?.at ?? null, STABLE_HOURS, reopen?.only ?? false],
  );
  return {
    syncAt: rows[0]?.syncAt ?? null,
    days: rows.map(({ day, from, to }) => ({ day, from, to })),
  };
}

/** Whether a day from enrolment to the participant's last, or to today, is not final in a series read from the source. */
export async function hasOpenDays(
  db: Queryable,
  participantId: number,
  source: string,
): Promise<boolean> {
  const { rows } = await db.query<{ open: boolean }>(
    `select exists (
       select from study.participant p
       cross join lateral study.local_days(p.id, p.enrolled_on,
         coalesce(p.ended_on, study.local_day(p.id, now()))) d
       join study.series s on s.source = $2::text and (s.for_analysis or s.for_wear)
       left join study.ledger_metric m
         on m.participant_id = p.id and m.day = d.day and m.series_id = s.id
       where p.id = $1::int and m.final_at is null) as open`,
    [participantId, source],
  );
  return rows[0]?.open ?? false;
}

/** A reading that reached the end of its windows: when it began and ended, and the sync known before it. */
export type Reading = Readonly<{ began: Date; ended: Date; syncAt: Date | null }>;

/**
 * Brings the ledger of these local days in line with the stored samples of one series. With `reading`, the days
 * were just read to the end and finality advances: a day whose end the device has synced past, whose content is
 * the same as at a reading that ended ≥ 6 h before this one began, is final; a day whose content changed is not.
 * Without it (the reading broke off) only the counts move. The newest days come first, so that where no device is
 * known the newest sample is known to the older ones. Running it again changes nothing but the reading's time.
 */
export async function settleDays(
  db: Queryable,
  participantId: number,
  seriesId: number,
  days: readonly string[],
  reading: Reading | null,
): Promise<void> {
  const newestFirst = [...days].sort().reverse();
  for (let from = 0; from < newestFirst.length; from += DAYS_A_STATEMENT) {
    const slice = newestFirst.slice(from, from + DAYS_A_STATEMENT);
    await db.query(SETTLE_DAYS, [
      participantId,
      seriesId,
      slice,
      slice.at(-1),
      slice[0],
      reading?.began ?? null,
      reading?.ended ?? null,
      reading?.syncAt ?? null,
      STABLE_HOURS,
      CLOCKS_APART,
    ]);
  }
}

const SETTLE_DAYS = `
with span as (
  select d.day, d.starts_at, d.ends_at
  from study.local_days($1::int, $4::date, $5::date) d
  where d.day = any ($3::date[])
), content as (
  -- Lateral, so that each day is a range of the index: joined, every day is compared with every sample of the span.
  select span.day, c.*
  from span
  cross join lateral (
    select
      count(distinct date_trunc('minute', s.time))::int as minutes,
      min(s.time) as first_at,
      max(s.time) as last_at,
      sha256(convert_to(coalesce(string_agg(
        (date_part('epoch', s.time) * 1000)::bigint || ':' || s.value, ',' order by s.time), ''), 'UTF8')) as hash
    from study.sample s
    where s.participant_id = $1::int and s.series_id = $2::smallint
      and s.time >= span.starts_at and s.time < span.ends_at
      and s.time >= $4::date - interval '2 days' and s.time < $5::date + interval '3 days'
  ) c
), worn as (
  select span.day, w.minutes
  from span
  cross join lateral (
    select count(distinct date_trunc('minute', s.time))::int as minutes
    from study.sample s
    where s.participant_id = $1::int and s.series_id in (select id from study.series where for_wear)
      and s.time >= span.starts_at and s.time < span.ends_at
      and s.time >= $4::date - interval '2 days' and s.time < $5::date + interval '3 days'
  ) w
), day as (
  insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
  select $1::int, day, starts_at, ends_at, extract(epoch from ends_at - starts_at)::int / 60, worn.minutes, now()
  from span join worn using (day)
  on conflict (participant_id, day) do update set
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    expected_minutes = excluded.expected_minutes,
    wear_minutes = excluded.wear_minutes,
    settled_at = excluded.settled_at
), judged as (
  -- "synced past the end": by the device's clock, or where no device is known by the newest wearable sample.
  select
    c.*,
    $7::timestamptz is not null and coalesce($8::timestamptz - $10::interval, greatest(
      (select max(n.last_at) from content n where exists (
        select from study.series r where r.id = $2::smallint and r.for_wear)),
      (select max(k.last_sample_at) from study.ledger_metric k
       join study.series r on r.id = k.series_id and r.for_wear
       where k.participant_id = $1::int)
    )) >= span.ends_at as synced_past,
    -- What the source did not give the last time may be about to go: such a day is not the same yet.
    m.content_hash = c.hash and not exists (
      select from study.sample_absence a
      where a.participant_id = $1::int and a.series_id = $2::smallint
        and a.time >= span.starts_at and a.time < span.ends_at) as same,
    m.stable_since as was_stable_since,
    m.final_at as was_final_at
  from content c
  join span using (day)
  left join study.ledger_metric m
    on m.participant_id = $1::int and m.day = c.day and m.series_id = $2::smallint
), next as (
  select
    j.*,
    case
      -- A final day that is read again and found the same keeps its proof, whatever the second look could prove.
      when j.same and j.was_final_at is not null then j.was_stable_since
      when j.synced_past and j.same and j.was_stable_since is not null then j.was_stable_since
      when j.synced_past then $7::timestamptz
    end as stable_since
  from judged j
)
insert into study.ledger_metric (participant_id, day, series_id, received_minutes, first_sample_at,
  last_sample_at, content_hash, read_at, read_sync_at, stable_since, final_at)
select $1::int, day, $2::smallint, minutes, first_at, last_at, hash, $7::timestamptz, $8::timestamptz,
  stable_since,
  case
    when same and was_final_at is not null then was_final_at
    when $6::timestamptz >= stable_since + make_interval(hours => $9::int) then $7::timestamptz
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
  final_at = excluded.final_at`;
