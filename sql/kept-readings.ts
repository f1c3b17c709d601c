import { isReadSql } from "./moved-days.ts";
import type { Queryable } from "./pool.ts";

/** How much lies in quarantine for one reason. `metric` is null where it belongs to no series. */
export type KeptGroup = Readonly<{
  study: string | null;
  source: string | null;
  metric: string | null;
  reason: string;
  kept: number;
  replayed: number;
  lastSeenAt: Date;
}>;

/** What lies in quarantine, by study, metric and reason; of one study or of all. */
export async function listKept(db: Queryable, study: string | null): Promise<KeptGroup[]> {
  const { rows } = await db.query<KeptGroup>(
    `select st.slug as study, s.source, m.name as metric, q.reason, count(*)::int as kept,
       count(q.replayed_at)::int as replayed, max(q.last_seen_at) as "lastSeenAt"
     from study.quarantine q
     left join study.participant p on p.id = q.participant_id
     left join study.study st on st.id = coalesce(p.study_id, q.study_id)
     left join study.series s on s.id = q.series_id
     left join study.metric m on m.id = s.metric_id
     where $1::text is null or st.slug = $1::text
     group by st.slug, s.source, m.name, q.reason
     order by st.slug, m.name, q.reason`,
    [study],
  );
  return rows;
}

/** One reading as it was received and refused. */
export type KeptReading = Readonly<{ id: number; participantId: number; payload: string }>;

/** Reasons that are faults of a reading and may hold no more; the others say what became of its place. */
const MAY_PASS = [
  "implausible_value",
  "not_a_number",
  "unparseable_point",
  "bad_time",
  "unaligned_window",
  "unknown_type",
];

/** Single readings of a series that were refused and not replayed, after an id, in order of participants. */
export async function takeKept(
  db: Queryable,
  seriesId: number,
  { study, after, limit }: Readonly<{ study: string | null; after: number; limit: number }>,
): Promise<KeptReading[]> {
  const { rows } = await db.query<KeptReading>(
    `select q.id, q.participant_id as "participantId", q.payload
     from study.quarantine q
     join study.participant p on p.id = q.participant_id
     join study.study st on st.id = p.study_id
     where q.series_id = $1::smallint and q.replayed_at is null and q.reason = any ($2::text[])
       and ($3::text is null or st.slug = $3::text) and q.id > $4::bigint
     order by q.id
     limit $5::int`,
    [seriesId, MAY_PASS, study, after, limit],
  );
  return rows;
}

/** The minutes (epoch milliseconds) of which a series told something that was refused and not taken over since. */
export async function readRefusedMinutes(
  db: Queryable,
  participantId: number,
  seriesId: number,
): Promise<ReadonlySet<number>> {
  const { rows } = await db.query<{ minutes: number[] }>(
    `select coalesce(array_agg(distinct (extract(epoch from date_trunc('minute', q.at)) * 1000)::float8), '{}') as minutes
     from study.quarantine q
     where q.participant_id = $1::int and q.series_id = $2::smallint and q.at is not null and q.replayed_at is null`,
    [participantId, seriesId],
  );
  return new Set(rows[0]?.minutes);
}

/** Of these instants (epoch milliseconds) those that have a sample by now: newer than what was refused. */
export async function instantsStored(
  db: Queryable,
  participantId: number,
  seriesId: number,
  times: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await db.query<{ ms: number }>(
    `select (extract(epoch from s.time) * 1000)::bigint as ms
     from study.sample s
     where s.participant_id = $1::int and s.series_id = $2::smallint and s.time = any ($3::timestamptz[])
       and s.time >= $4::timestamptz and s.time <= $5::timestamptz`,
    [
      participantId,
      seriesId,
      times.map((ms) => new Date(ms)),
      new Date(Math.min(...times)),
      new Date(Math.max(...times)),
    ],
  );
  return new Set(rows.map(({ ms }) => ms));
}

/** The local days these instants (epoch milliseconds) lie in, where the participant has them in the ledger. */
export async function daysOf(
  db: Queryable,
  participantId: number,
  times: readonly number[],
): Promise<string[]> {
  const { rows } = await db.query<{ day: string }>(
    `select distinct study.local_day($1::int, t) as day from unnest($2::timestamptz[]) as instant (t)`,
    [participantId, times.map((ms) => new Date(ms))],
  );
  return rows.map(({ day }) => day);
}

/**
 * Has days that a replay changed read again, of whoever is read: a device that syncs no more would never have them
 * planned, and they would stay open for good.
 */
export async function openReplayed(
  db: Queryable,
  participantId: number,
  {
    seriesIds,
    days,
    at,
  }: Readonly<{ seriesIds: readonly number[]; days: readonly string[]; at: Date }>,
): Promise<void> {
  await db.query(
    `update study.ledger_metric m set read_at = null, reopened_at = $4::timestamptz
     from study.participant p
     where p.id = $1::int and ${isReadSql("$4::timestamptz")}
       and m.participant_id = p.id and m.series_id = any ($2::smallint[]) and m.day = any ($3::date[])
       and m.final_at is null`,
    [participantId, seriesIds, days, at],
  );
}

/** Marks readings as replayed: stored, or overtaken by a newer one. */
export async function markReplayed(db: Queryable, ids: readonly number[], at: Date): Promise<void> {
  await db.query(
    "update study.quarantine set replayed_at = $2::timestamptz where id = any ($1::bigint[])",
    [ids, at],
  );
}
