import type { Queryable } from "./pool.ts";

/** A local day that should be read now, as a half-open span of UTC instants cut at the last full minute. */
export type OpenDay = Readonly<{ day: string; from: Date; to: Date }>;

/** Open days (oldest first) by series, with the device sync they are judged by; null where no device tells one (any more). */
export type ReadingPlan = Readonly<{
  syncAt: Date | null;
  daysOf: ReadonlyMap<number, readonly OpenDay[]>;
}>;

/** Smallest time between the two identical reads that make a day final. */
export const STABLE_HOURS = 6;
/**
 * As long as this where there was nothing, of all but heart rate and steps: what the provider works out of a night
 * (variability, oxygen, temperature, stages) comes hours after the sync. Short of a day, so that the next daily run ends it.
 */
export const EMPTY_STABLE_HOURS = 20;
/**
 * How far the provider's clock, which tells when a device synced, may be ahead of the device's, which tells when a
 * minute was measured: a sync is believed to lie past a day's end only where it lies past it by more.
 */
export const CLOCKS_APART = "10 minutes";

/**
 * Which local days of each of these series to read now: from enrolment to today (or the participant's last day), those
 * never read to the end; of the others that are not final, those the device has synced for since, and those
 * whose second reading is due. Where no device tells its sync, every day that is not final, those older than a fortnight
 * once a day. Of what all sources tell the last fortnight is read once a day, final or not; of what they tell by the minute,
 * which is thousands of values a day, the last three days. `reopen` adds the local day of an instant, final or not, and
 * with `only` leaves all others out.
 */
export async function planReading(
  db: Queryable,
  participantId: number,
  seriesIds: readonly number[],
  { now, reopen }: Readonly<{ now: Date; reopen: Readonly<{ at: Date; only: boolean }> | null }>,
): Promise<ReadingPlan> {
  const { rows } = await db.query<OpenDay & { seriesId: number; syncAt: Date | null }>(
    `with sync as (
       select max(last_sync_at) as at from study.device where participant_id = $1::int and kind = 'tracker'
     ), day as (
       select d.* from study.participant p
       cross join lateral study.local_days(p.id, p.enrolled_on,
         least(coalesce(p.ended_on, date 'infinity'), study.local_day(p.id, $3::timestamptz))) d
       where p.id = $1::int
     ), reopened as (
       select study.local_day($1::int, $4::timestamptz) as day
     )
     select wanted.series_id as "seriesId", day.day, day.starts_at as from,
       least(day.ends_at, date_trunc('minute', $3::timestamptz)) as to, sync.at as "syncAt"
     from day
     cross join unnest($2::smallint[]) as wanted (series_id)
     join study.series series on series.id = wanted.series_id
     join study.metric metric on metric.id = series.metric_id
     cross join sync
     cross join reopened
     left join study.ledger_metric m
       on m.participant_id = $1::int and m.day = day.day and m.series_id = wanted.series_id
     where day.starts_at < date_trunc('minute', $3::timestamptz)
       and (
         day.day = reopened.day
         or (not $6::boolean and (
           m.read_at is null
           or (m.final_at is null and (
             -- Nothing tells whether there is more: look often at the fortnight a device can still hold, else daily.
             (sync.at is null and (day.ends_at > $3::timestamptz - interval '14 days'
               or m.read_at < $3::timestamptz - interval '20 hours'))
             or sync.at is distinct from m.read_sync_at
             or $3::timestamptz >= m.stable_since + make_interval(hours =>
               case when metric.dense or m.content_hash <> sha256('') then $5::int else $7::int end)
           ))
           -- A tracker's sync proves nothing of what a scale, a phone or somebody's own hand tells later.
           or (series.family = 'all-sources' and m.read_at < $3::timestamptz - interval '20 hours'
             and day.ends_at > $3::timestamptz
               - case series.resolution when 'minute' then interval '3 days' else interval '14 days' end)
         ))
       )
     order by day.day`,
    [
      participantId,
      seriesIds,
      now,
      reopen?.at ?? null,
      STABLE_HOURS,
      reopen?.only ?? false,
      EMPTY_STABLE_HOURS,
    ],
  );
  const bySeries = Map.groupBy(rows, ({ seriesId }) => seriesId);
  return { syncAt: rows[0]?.syncAt ?? null, daysOf: bySeries };
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
