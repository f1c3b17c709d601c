import type { Provenance, RejectedReading } from "../sources/source.ts";
import { quarantineColumns, refusedInstants } from "./quarantine.ts";

/** Rows changed by one page: `updated` ones had another content before. */
export type StoredPage = Readonly<{ inserted: number; updated: number; quarantined: number }>;

/**
 * What every page leaves behind besides its readings, in the statement that stores them: what did not fit (quarantine)
 * and where it came from (fetch). Takes $1 (participant), $2 (series) and $7 … $21 (`pageNotes`), and a `counted` with
 * inserted, updated and quarantined. `told` is SQL for how many readings the page told.
 */
export const pageNotesSql = (told: string) => `
refused as (
  insert into study.quarantine (participant_id, series_id, reason, detail, payload, payload_sha256,
    first_seen_at, last_seen_at, at)
  select distinct on (reason, sha256) $1::int, $2::smallint, reason, detail, payload, sha256,
    $12::timestamptz, $12::timestamptz, at
  from unnest($17::text[], $18::text[], $19::text[], $20::bytea[], $21::timestamptz[])
    as page (reason, detail, payload, sha256, at)
  on conflict (participant_id, series_id, reason, payload_sha256) do update set
    last_seen_at = excluded.last_seen_at,
    times_seen = quarantine.times_seen + 1,
    at = excluded.at
  returning 1
), noted as (
  insert into study.fetch (participant_id, series_id, workflow_run_id, method, url, window_from, window_to,
    fetched_at, status, sha256, bytes, duration_ms, samples, rejected, inserted, updated)
  select $1::int, $2::smallint, $7::text, $8::text, $9::text, $10::timestamptz, $11::timestamptz,
    $12::timestamptz, $13::smallint, $14::bytea, $15::int, $16::int, ${told},
    cardinality($17::text[]), inserted, updated
  from counted
)`;

/** The parameters $7 … $21. */
export function pageNotes(
  workflowRunId: string,
  {
    provenance,
    rejected,
  }: Readonly<{
    provenance: Provenance;
    rejected: readonly RejectedReading[];
  }>,
): unknown[] {
  const { requestedWindow } = provenance;
  return [
    workflowRunId,
    provenance.method,
    provenance.url,
    requestedWindow?.from ?? null,
    requestedWindow?.to ?? null,
    provenance.fetchedAt,
    provenance.status,
    Buffer.from(provenance.sha256, "hex"),
    provenance.bytes,
    Math.round(provenance.durationMs),
    ...quarantineColumns(rejected),
    refusedInstants(rejected),
  ];
}
