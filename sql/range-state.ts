import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import type { PointsAsked } from "./read-series.ts";

/** What a range's answer rests on. */
export type RangeState = Readonly<{
  /**
   * Everything the values depend on, as one hash, where the range is closed: every local day that it or a bucket it
   * touches lies in is final for these series, and the aggregate has taken everything in. Null while something may
   * still come by itself.
   */
  closed: string | null;
  /** The hourly aggregate has not taken in something of the buckets that the range touches. */
  pending: boolean;
  /** Samples from before were dropped; null where none were. */
  keptFrom: Date | null;
  /** Where the first bucket begins that the range touches and that may ever have held samples; null where there is none. */
  touchedFrom: Date | null;
  /**
   * Where the first local day begins that begins or ends where no hour of UTC does, as at half-hour zones: such days
   * need more than whole hours. Null where there is none.
   */
  partHoursFrom: Date | null;
}>;

/** Reads what the answer to this question rests on; an hour that the range touches may lie in a day it does not. */
export async function readRangeState(
  db: Queryable,
  asked: Pick<PointsAsked, "participantId" | "resolution" | "from" | "to"> &
    Readonly<{ seriesIds: readonly number[] }>,
): Promise<RangeState> {
  const { participantId, seriesIds, from, to, resolution } = asked;
  const bucket = resolution === "hour" ? "1 hour" : "1 minute";
  const { rows } = await db.query<RangeState>(RANGE_STATE, [
    participantId,
    seriesIds,
    from,
    to,
    bucket,
    resolution === "day",
  ]);
  return only(rows, "state of a range");
}

const RANGE_STATE = `
with asked as (
  select time_bucket($5::interval, $3::timestamptz) as starts_at,
    time_bucket($5::interval, $4::timestamptz - interval '1 microsecond') + $5::interval as ends_at
), day as (
  select l.day, l.starts_at, l.ends_at from study.ledger l cross join asked a
  where l.participant_id = $1::int and l.ends_at > a.starts_at and l.starts_at < a.ends_at
), span as (
  select least(a.starts_at, min(d.starts_at)) as starts_at, greatest(a.ends_at, max(d.ends_at)) as ends_at,
    max(d.ends_at) >= a.ends_at as known, min(d.starts_at) as days_from, min(d.day) as first_day, max(d.day) as last_day,
    string_agg(concat_ws(':', d.day, extract(epoch from d.starts_at), extract(epoch from d.ends_at)), ','
      order by d.day) as days
  from asked a left join day d on true
  group by a.starts_at, a.ends_at
), content as (
  select m.day, m.series_id, m.content_hash, m.final_at
  from study.ledger_metric m join day d on d.day = m.day
  where m.participant_id = $1::int and m.series_id = any ($2::smallint[])
), run as (
  -- By what they filled: a gap belongs to the day it begins in, and may reach into the next.
  select string_agg(distinct r.id::text, ',' order by r.id::text) as ids
  from span s
  join study.imputation_run r on r.day between s.first_day - 3 and s.last_day
  join study.imputed_gap g on g.run_id = r.id and g.ends_at > s.starts_at and g.starts_at < s.ends_at
  where r.participant_id = $1::int and r.series_id = any ($2::smallint[]) and r.superseded_at is null
), touched as (
  select case when a.starts_at >= s.days_from and not $6::boolean then a.starts_at else s.days_from end as starts_at
  from span s cross join asked a
), retained as (
  select max(kept_from) as starts_at from study.retention
), pending as (
  select exists (
    select from study.touched_window w
    where w.participant_id = $1::int and w.series_id = any ($2::smallint[])
      and w.window_from < s.ends_at and w.window_to > s.starts_at) as any
  from span s
)
select case
  when span.known and not pending.any
    and not exists (select from content where final_at is null)
    and not exists (select from day where day not in (select c.day from content c))
  then md5(concat_ws('|', span.days,
    (select string_agg(concat_ws(':', c.day, c.series_id, encode(c.content_hash, 'hex')), ','
       order by c.day, c.series_id) from content c),
    (select ids from run),
    -- Of a range that lies before it wholly it does not matter where it is now.
    case when retained.starts_at > touched.starts_at then extract(epoch from least(retained.starts_at, span.ends_at)) end))
  end as closed,
  pending.any as pending, retained.starts_at as "keptFrom", touched.starts_at as "touchedFrom",
  (select min(d.starts_at) from day d
   where d.starts_at <> time_bucket(interval '1 hour', d.starts_at)
     or d.ends_at <> time_bucket(interval '1 hour', d.ends_at)) as "partHoursFrom"
from span cross join pending cross join touched cross join retained`;
