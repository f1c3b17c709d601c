import type { SampleColumns, SamplePage } from "../sources/source.ts";
import { instantArray, intArray } from "./binary-arrays.ts";
import type { StoredPage } from "./page-notes.ts";
import { pageNotes, pageNotesSql } from "./page-notes.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** Whose samples these are, of which series, and the workflow run that fetched them. */
export type SampleOwner = Readonly<{
  participantId: number;
  seriesId: number;
  workflowRunId: string;
}>;

/**
 * Stores one page in one statement, so that a kill between any two instants leaves all of it or none:
 * its samples, the imputed values they replace, where they changed (touched_window), what did not fit (quarantine)
 * and the page's provenance (fetch). The same page again adds a fetch row and changes no sample. With `toldBefore` a sample that is there
 * stays as it is: a file read again says nothing newer than what another one has said since.
 *
 * Samples that are there already are left out before the upsert: reading is cheaper than a conflict, and an
 * identical re-read leaves no dead tuple. The time bounds let the planner skip other days' chunks.
 */
export async function storePage(
  db: Queryable,
  owner: SampleOwner,
  page: SamplePage,
  toldBefore = false,
): Promise<StoredPage> {
  const { samples } = page;
  const { rows } = await db.query<StoredPage>(STORE_PAGE, [
    owner.participantId,
    owner.seriesId,
    instantArray(samples.times),
    intArray(samples.values),
    ...bounds(samples),
    ...pageNotes(owner.workflowRunId, page),
    toldBefore,
  ]);
  return only(rows, "stored page");
}

const STORE_PAGE = `
with arrived as (
  -- One row an instant, whatever a source does: a second one would fail the whole page at the upsert.
  select distinct on (time) time, value
  from unnest($3::timestamptz[], $4::int[]) as page (time, value)
), changed as (
  -- Grouped, not joined: without statistics (a first import) a join compares every row with every other.
  select time, max(value) filter (where new) as value, max(value) filter (where not new) as old_value,
    bool_or(not new) as known
  from (
    select time, value, true as new from arrived
    union all
    select s.time, s.value, false from study.sample s
    where s.participant_id = $1::int and s.series_id = $2::smallint
      and s.time >= $5::timestamptz and s.time <= $6::timestamptz
  ) told
  group by time
  having bool_or(new)
    and max(value) filter (where new) is distinct from max(value) filter (where not new)
    and not (bool_or(not new) and $22::boolean)
), revised as (
  -- A result once read as final must stay traceable.
  insert into study.sample_revision (participant_id, series_id, time, old_value, new_value, revised_at,
    workflow_run_id)
  select $1::int, $2::smallint, c.time, c.old_value, c.value, $12::timestamptz, $7::text
  from changed c
  join study.ledger l on l.participant_id = $1::int and c.time >= l.starts_at and c.time < l.ends_at
  join study.ledger_metric m
    on m.participant_id = $1::int and m.day = l.day and m.series_id = $2::smallint and m.first_final_at is not null
  where c.known
  on conflict do nothing
), stored as (
  insert into study.sample (participant_id, series_id, time, value)
  -- In the order of time: a row that lies in another chunk than the one before costs twice as much.
  select $1::int, $2::smallint, time, value from changed order by time
  on conflict (participant_id, series_id, time) do update set value = excluded.value
), retired as (
  -- The truth ends what stood in for it, in the same statement: no reader ever sees both.
  update study.imputed_sample i set retired_at = $12::timestamptz, retired_by = 'measured'
  where i.participant_id = $1::int and i.series_id = $2::smallint and i.retired_at is null
    and i.time >= date_trunc('minute', $5::timestamptz) and i.time <= $6::timestamptz
    and i.time in (select date_trunc('minute', time) from arrived)
), touched as (
  -- Only dense series are in the aggregate that is refreshed from these.
  insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
  select $1::int, $2::smallint, min(time), max(time) + interval '1 millisecond', 'ingest', $12::timestamptz
  from changed where $2::smallint < 1000 having count(*) > 0
), counted as (
  select
    count(*) filter (where not known)::int as inserted,
    count(*) filter (where known)::int as updated,
    cardinality($17::text[]) as quarantined
  from changed
), ${pageNotesSql("cardinality($4::int[])")}
select inserted, updated, quarantined from counted`;

/** First and last instant of a page; for an empty page a span that holds nothing. */
function bounds({ times }: SampleColumns): [Date, Date] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return times.length === 0 ? [new Date(0), new Date(0)] : [new Date(first), new Date(last)];
}
