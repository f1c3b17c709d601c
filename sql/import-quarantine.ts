import type { Queryable } from "./pool.ts";
import { quarantineColumns } from "./quarantine.ts";

/** A line of a file that could not be kept; without a participant where it does not say whose it is. */
export type QuarantinedLine = Readonly<{
  participantId: number | null;
  seriesId: number;
  reason: Parameters<typeof quarantineColumns>[0][number]["reason"];
  detail: string;
  /** File, line number and the line itself, so that two lines that say the same stay two. */
  payload: string;
}>;

/** Keeps these lines of a file handed in for a study. Seen again, each counts up. */
export async function quarantineLines(
  db: Queryable,
  study: string,
  lines: readonly QuarantinedLine[],
  seenAt: Date,
): Promise<void> {
  if (lines.length === 0) return;
  await db.query(
    `insert into study.quarantine (participant_id, series_id, reason, detail, payload, payload_sha256,
       first_seen_at, last_seen_at, study_id)
     select distinct on (participant_id, series_id, reason, sha256) participant_id, series_id, reason, detail,
       payload, sha256, $7::timestamptz, $7::timestamptz,
       case when participant_id is null then (select s.id from study.study s where s.slug = $8::text) end
     from unnest($1::int[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::bytea[])
       as line (participant_id, series_id, reason, detail, payload, sha256)
     on conflict (participant_id, series_id, reason, payload_sha256) do update set
       last_seen_at = excluded.last_seen_at,
       times_seen = quarantine.times_seen + 1`,
    [
      lines.map(({ participantId }) => participantId),
      lines.map(({ seriesId }) => seriesId),
      ...quarantineColumns(lines),
      seenAt,
      study,
    ],
  );
}
