import type { RejectedReading, SampleColumns, SamplePage } from "../sources/source.ts";
import { instantArray, intArray } from "./binary-arrays.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import { quarantineColumns } from "./quarantine.ts";

/** Whose samples these are, of which series, and the workflow run that fetched them. */
export type SampleOwner = Readonly<{
  participantId: number;
  seriesId: number;
  workflowRunId: string;
}>;

/** Rows changed by one page: `updated` samples had another value before. */
export type StoredPage = Readonly<{ inserted: number; updated: number; quarantined: number }>;

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
  { samples, rejected, provenance }: SamplePage,
  toldBefore = false,
): Promise<StoredPage> {
  const { requestedWindow } = provenance;
  const { rows } = await db.query<StoredPage>(STORE_PAGE, [
    owner.participantId,
    owner.seriesId,
    instantArray(samples.times),
    intArray(samples.values),
    ...bounds(samples),
    owner.workflowRunId,
    provenance.method,
    provenance.url,
    requestedWindow?.from ?? null,
    requestedWindow?.to ?? null,
    provenance.fetchedAt,
    provenance.status,
    Buffer.from(provenance.sha256, "hex"),
    provenance.bytes,
    Math.round(provenance.durationMs),
    ...quarantineColumns(rejected satisfies readonly RejectedReading[]),
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
    and not (bool_or(not new) and $21::boolean)
), revised as (
  -- A result once read as final must stay traceable.
  insert into study.sample_revision (participant_id, series_id, time, old_value, new_value, revised_at,
    workflow_run_id)
  select $1::int, $2::smallint, c.time, c.old_value, c.value, $12::timestamptz, $7::text
  from changed c
  join study.ledger l on l.participant_id = $1::int and c.time >= l.starts_at and c.time < l.ends_at
  join study.ledger_metric m
    on m.participant_id = $1::int and m.day = l.day and m.series_id = $2::smallint and m.final_at is not null
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
  insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
  select $1::int, $2::smallint, min(time), max(time) + interval '1 millisecond', 'ingest', $12::timestamptz
  from changed having count(*) > 0
), refused as (
  insert into study.quarantine (participant_id, series_id, reason, detail, payload, payload_sha256,
    first_seen_at, last_seen_at)
  select distinct on (reason, sha256) $1::int, $2::smallint, reason, detail, payload, sha256,
    $12::timestamptz, $12::timestamptz
  from unnest($17::text[], $18::text[], $19::text[], $20::bytea[]) as page (reason, detail, payload, sha256)
  on conflict (participant_id, series_id, reason, payload_sha256) do update set
    last_seen_at = excluded.last_seen_at,
    times_seen = quarantine.times_seen + 1
  returning 1
), counted as (
  select
    count(*) filter (where not known)::int as inserted,
    count(*) filter (where known)::int as updated,
    cardinality($17::text[]) as quarantined
  from changed
), noted as (
  insert into study.fetch (participant_id, series_id, workflow_run_id, method, url, window_from, window_to,
    fetched_at, status, sha256, bytes, duration_ms, samples, rejected, inserted, updated)
  select $1::int, $2::smallint, $7::text, $8::text, $9::text, $10::timestamptz, $11::timestamptz,
    $12::timestamptz, $13::smallint, $14::bytea, $15::int, $16::int, cardinality($4::int[]),
    cardinality($17::text[]), inserted, updated
  from counted
)
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
