import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import type { TimeRange } from "./read-days.ts";

/**
 * What a range's values depend on, as one hash, where the range is closed: every local day in it is final for these
 * series, and the aggregate has taken everything in. Null while something may still come by itself.
 */
export async function readClosedState(
  db: Queryable,
  asked: TimeRange & Readonly<{ participantId: number; seriesIds: readonly number[] }>,
): Promise<string | null> {
  const { participantId, seriesIds, from, to } = asked;
  const { rows } = await db.query<{ state: string | null }>(
    `with day as (
       select l.day, l.ends_at from study.ledger l
       where l.participant_id = $1::int and l.ends_at > $3::timestamptz and l.starts_at < $4::timestamptz
     ), content as (
       select m.day, m.series_id, m.content_hash, m.final_at
       from study.ledger_metric m join day d on d.day = m.day
       where m.participant_id = $1::int and m.series_id = any ($2::smallint[])
     ), run as (
       select string_agg(r.id::text, ',' order by r.id) as ids
       from study.imputation_run r join day d on d.day = r.day
       where r.participant_id = $1::int and r.series_id = any ($2::smallint[]) and r.superseded_at is null
     )
     select case
       when (select max(ends_at) from day) >= $4::timestamptz
         and not exists (select from content where final_at is null)
         and not exists (select from day where day not in (select c.day from content c))
         and not exists (
           select from study.touched_window w
           where w.participant_id = $1::int and w.series_id = any ($2::smallint[])
             and w.window_from < $4::timestamptz and w.window_to > $3::timestamptz)
       then md5(concat_ws('|',
         (select string_agg(concat_ws(':', c.day, c.series_id, encode(c.content_hash, 'hex')), ','
            order by c.day, c.series_id) from content c),
         (select ids from run)))
       end as state`,
    [participantId, seriesIds, from, to],
  );
  return only(rows, "state of a range").state;
}
