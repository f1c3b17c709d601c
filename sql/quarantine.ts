import { createHash } from "node:crypto";
import type { Provenance, RejectedReading } from "../sources/source.ts";
import type { Queryable } from "./pool.ts";

/** Longest piece of a reply that is kept, in characters. */
const MAX_PAYLOAD = 100_000;

/** The four parallel arrays (reason, detail, payload, its SHA-256) that quarantine statements unnest. */
export function quarantineColumns(
  rejected: readonly RejectedReading[],
): [string[], string[], string[], Buffer[]] {
  const payloads = rejected.map(({ payload }) => storable(payload));
  return [
    rejected.map(({ reason }) => reason),
    rejected.map(({ detail }) => detail),
    payloads,
    payloads.map((payload) => createHash("sha256").update(payload).digest()),
  ];
}

/** The instants refused readings tell of, as far as they are known. */
export function refusedInstants(rejected: readonly RejectedReading[]): (Date | null)[] {
  return rejected.map(({ time }) => (time === undefined ? null : new Date(time)));
}

/** PostgreSQL text cannot hold NUL; it is kept visible instead of failing the page. */
function storable(payload: string): string {
  return payload.slice(0, MAX_PAYLOAD).replaceAll("\0", "\\u0000");
}

export type RefusedReply = Readonly<{
  participantId: number;
  seriesId: number | null;
  reason: string;
  detail: string;
  payload: string;
  seenAt: Date;
}>;

/** Keeps a whole reply, or a piece of one, that no page could be made of. Seen again, it counts up. */
export async function quarantineReply(db: Queryable, reply: RefusedReply): Promise<void> {
  const payload = storable(reply.payload);
  await db.query(
    `insert into study.quarantine (participant_id, series_id, reason, detail, payload, payload_sha256,
       first_seen_at, last_seen_at)
     values ($1::int, $2::smallint, $3::text, $4::text, $5::text, $6::bytea, $7::timestamptz, $7::timestamptz)
     on conflict (participant_id, series_id, reason, payload_sha256) do update set
       last_seen_at = excluded.last_seen_at,
       times_seen = quarantine.times_seen + 1`,
    [
      reply.participantId,
      reply.seriesId,
      reply.reason,
      reply.detail,
      payload,
      createHash("sha256").update(payload).digest(),
      reply.seenAt,
    ],
  );
}

/** Notes the provenance of replies that carry no samples (devices, settings, refused replies). */
export async function noteFetches(
  db: Queryable,
  participantId: number,
  workflowRunId: string,
  provenance: readonly Provenance[],
): Promise<void> {
  if (provenance.length === 0) return;
  await db.query(
    `insert into study.fetch (participant_id, workflow_run_id, method, url, fetched_at, status, sha256, bytes,
       duration_ms, samples, rejected, inserted, updated)
     select $1::int, $2::text, method, url, fetched_at, status, sha256, bytes, duration_ms, 0, 0, 0, 0
     from unnest($3::text[], $4::text[], $5::timestamptz[], $6::smallint[], $7::bytea[], $8::int[], $9::int[])
       as new (method, url, fetched_at, status, sha256, bytes, duration_ms)`,
    [
      participantId,
      workflowRunId,
      provenance.map((one) => one.method),
      provenance.map((one) => one.url),
      provenance.map((one) => one.fetchedAt),
      provenance.map((one) => one.status),
      provenance.map((one) => Buffer.from(one.sha256, "hex")),
      provenance.map((one) => one.bytes),
      provenance.map((one) => Math.round(one.durationMs)),
    ],
  );
}
