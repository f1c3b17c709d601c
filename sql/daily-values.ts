import type { Page } from "../sources/source.ts";
import type { StoredPage } from "./page-notes.ts";
import { pageNotes, pageNotesSql } from "./page-notes.ts";
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
 * Stores a file's daily values of one participant, and what they were where they changed: a file has no more to come, so
 * that its values are final at once. The same again changes nothing; with `toldBefore` (this very file was read before) a
 * value that is there stays as it is.
 */
export async function storeDailyValues(
  db: Queryable,
  participantId: number,
  { seriesIds, days, values }: DailyColumns,
  {
    seenAt,
    toldBefore,
    workflowRunId,
  }: Readonly<{ seenAt: Date; toldBefore: boolean; workflowRunId: string }>,
): Promise<StoredDays> {
  const { rows } = await db.query<StoredDays>(
    `with changed as (
       select a.series_id, a.day, a.value, d.value as old_value, d.value is not null as known
       from unnest($2::smallint[], $3::date[], $4::int[]) as a (series_id, day, value)
       left join study.daily_value d
         on d.participant_id = $1::int and d.series_id = a.series_id and d.day = a.day
       where d.value is distinct from a.value and (d.value is null or not $6::boolean)
     ), revised as (
       insert into study.daily_value_revision (participant_id, series_id, day, old_value, new_value, revised_at,
         workflow_run_id)
       select $1::int, series_id, day, old_value, value, $5::timestamptz, $7::text from changed where known
       on conflict do nothing
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
    [participantId, seriesIds, days, values, seenAt, toldBefore, workflowRunId],
  );
  return only(rows, "stored days");
}

/** Whose days these are, of which series in the order they were asked for, and the run that fetched them. */
export type DaysOwner = Readonly<{
  participantId: number;
  seriesIds: readonly number[];
  workflowRunId: string;
}>;

/** A page of values of days. */
export type DaysPage = Extract<Page, { holds: "days" }>;

/**
 * Stores one page in one statement, as a page of samples is: its values, what they were where a final day changed, what
 * did not fit and where it came from. With `toldBefore` a value that is there stays as it is. Counts values.
 */
export async function storeDaysPage(
  db: Queryable,
  { participantId, seriesIds, workflowRunId }: DaysOwner,
  page: DaysPage,
  toldBefore = false,
): Promise<StoredPage> {
  const { series, days, values } = page.days;
  const { rows } = await db.query<StoredPage>(STORE_DAYS, [
    participantId,
    seriesIds[0],
    series.map((index) => seriesIds[index]),
    days,
    values,
    toldBefore,
    ...pageNotes(workflowRunId, page),
  ]);
  return only(rows, "stored page");
}

const STORE_DAYS = `
with changed as (
  select a.series_id, a.day, a.value, d.value as old_value, d.value is not null as known
  from unnest($3::smallint[], $4::date[], $5::int[]) as a (series_id, day, value)
  left join study.daily_value d
    on d.participant_id = $1::int and d.series_id = a.series_id and d.day = a.day
  where d.value is distinct from a.value and (d.value is null or not $6::boolean)
), revised as (
  insert into study.daily_value_revision (participant_id, series_id, day, old_value, new_value, revised_at,
    workflow_run_id)
  select $1::int, c.series_id, c.day, c.old_value, c.value, $12::timestamptz, $7::text
  from changed c
  join study.ledger_metric m
    on m.participant_id = $1::int and m.day = c.day and m.series_id = c.series_id and m.first_final_at is not null
  where c.known
  on conflict do nothing
), stored as (
  insert into study.daily_value (participant_id, series_id, day, value, seen_at)
  select $1::int, series_id, day, value, $12::timestamptz from changed
  on conflict (participant_id, series_id, day) do update set
    value = excluded.value,
    seen_at = excluded.seen_at
), counted as (
  select
    count(*) filter (where not known)::int as inserted,
    count(*) filter (where known)::int as updated,
    cardinality($17::text[]) as quarantined
  from changed
), ${pageNotesSql("cardinality($5::int[])")}
select inserted, updated, quarantined from counted`;
