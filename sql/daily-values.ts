import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** Columns of equal length: series, local day and value in units of the metric's scale; no pair comes twice. */
export type DailyColumns = Readonly<{
  seriesIds: readonly number[];
  days: readonly string[];
  values: readonly number[];
}>;

/** Days, not values: a day is inserted where any of its values is new, updated where one only changed. */
export type StoredDays = Readonly<{ inserted: number; updated: number }>;

/**
 * Stores daily values of one participant. The same again changes nothing; with `toldBefore` (this very file was read
 * before) a value that is there stays as it is.
 */
export async function storeDailyValues(
  db: Queryable,
  participantId: number,
  { seriesIds, days, values }: DailyColumns,
  { seenAt, toldBefore }: Readonly<{ seenAt: Date; toldBefore: boolean }>,
): Promise<StoredDays> {
  const { rows } = await db.query<StoredDays>(
    `with changed as (
       select a.series_id, a.day, a.value, d.value is not null as known
       from unnest($2::smallint[], $3::date[], $4::int[]) as a (series_id, day, value)
       left join study.daily_value d
         on d.participant_id = $1::int and d.series_id = a.series_id and d.day = a.day
       where d.value is distinct from a.value and (d.value is null or not $6::boolean)
     ), stored as (
       insert into study.daily_value (participant_id, series_id, day, value, seen_at)
       select $1::int, series_id, day, value, $5::timestamptz from changed
       on conflict (participant_id, series_id, day) do update set
         value = excluded.value,
         seen_at = excluded.seen_at
     ), day as (
       select bool_and(known) as known from changed group by day
     )
     select count(*) filter (where not known)::int as inserted, count(*) filter (where known)::int as updated
     from day`,
    [participantId, seriesIds, days, values, seenAt, toldBefore],
  );
  return only(rows, "stored days");
}
