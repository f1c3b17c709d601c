import type { Queryable } from "./pool.ts";

/** A notification as it concerns us; one without windows only has its participant read. */
export type Notice = Readonly<{
  sha256: string;
  providerUserId: string;
  /** As the source calls it; the series of the registry that are read from it are reopened. */
  dataType: string | null;
  windows: readonly Readonly<{ from: Date; to: Date }>[];
}>;

/** What came of a batch: how many were new, whose account nobody knows, whose data to read now and whose a little later. */
export type TakenNotices = Readonly<{
  fresh: number;
  unknown: number;
  due: readonly Noticed[];
  /** They were read for a notification within the last 15 minutes: their next reading is to follow at their end. */
  waiting: readonly Noticed[];
}>;

type Noticed = Readonly<{ shortId: string; study: string }>;

/** Notifications have a participant read at most once in this time. */
const PACE = "15 minutes";
/** A provider tries again for seven days. */
const KEPT = "8 days";

/**
 * Takes notifications in, each once: the cells they name are read again whether they were final or not, and their hours
 * are refreshed. A day that is found the same is final at once, because the proof it had is kept. Who is paused is read for
 * none of them now: what was opened waits until they take part again.
 */
export async function takeNotices(
  db: Queryable,
  source: string,
  notices: readonly Notice[],
  at: Date,
): Promise<TakenNotices> {
  const rows = notices.flatMap((notice) => {
    const windows = notice.windows.length > 0 ? notice.windows : [null];
    return windows.map((window) => ({ ...notice, window }));
  });
  const result = await db.query<TakenNotices>(TAKE, [
    source,
    rows.map(({ sha256 }) => Buffer.from(sha256, "hex")),
    rows.map(({ providerUserId }) => providerUserId),
    rows.map(({ dataType }) => dataType),
    rows.map(({ window }) => window?.from ?? null),
    rows.map(({ window }) => window?.to ?? null),
    at,
    PACE,
    KEPT,
  ]);
  return result.rows[0] ?? { fresh: 0, unknown: 0, due: [], waiting: [] };
}

const TAKE = `
with swept as (
  delete from study.webhook_notice where received_at < $7::timestamptz - $9::interval
), sent as (
  select * from unnest($2::bytea[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
    as s (sha256, provider_user_id, data_type, window_from, window_to)
), fresh as (
  insert into study.webhook_notice (source, sha256, received_at)
  select distinct $1::text, sha256, $7::timestamptz from sent
  on conflict do nothing
  returning sha256
), concerned as (
  select distinct s.sha256, c.id as connection_id, p.id as participant_id, s.data_type, s.window_from, s.window_to
  from sent s
  join fresh using (sha256)
  join study.connection c on c.source = $1::text and c.provider_user_id = s.provider_user_id
  join study.participant p on p.id = c.participant_id and p.state in ('active', 'paused', 'completed')
), cell as (
  -- Cut to what can be of the participant's: a window without end must not have years refreshed.
  select distinct k.participant_id, r.id as series_id,
    greatest(k.window_from, p.enrolled_on - interval '2 days') as window_from,
    least(k.window_to, $7::timestamptz + interval '1 day') as window_to
  from concerned k
  join study.participant p on p.id = k.participant_id
  join study.series r on r.data_type = k.data_type and r.source = $1::text and (r.for_analysis or r.for_wear)
), touched as (
  insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
  select participant_id, series_id, window_from, window_to, 'webhook', $7::timestamptz
  from cell where window_from < window_to
), reopened as (
  update study.ledger_metric m set read_at = null, final_at = null, reopened_at = $7::timestamptz
  from study.ledger l
  join cell on cell.participant_id = l.participant_id
    and l.starts_at < cell.window_to and l.ends_at > cell.window_from
  where m.participant_id = l.participant_id and m.day = l.day and m.series_id = cell.series_id
), due as (
  update study.connection c set webhook_run_at = $7::timestamptz
  from study.participant p, study.study s
  where c.id in (select connection_id from concerned) and p.id = c.participant_id and s.id = p.study_id
    and p.state <> 'paused'
    and c.status not in ('revoked', 'reconsent_needed')
    and (c.webhook_run_at is null or c.webhook_run_at <= $7::timestamptz - $8::interval)
  returning c.id, p.short_id, s.slug
), waiting as (
  select p.short_id, s.slug
  from study.connection c
  join study.participant p on p.id = c.participant_id and p.state <> 'paused'
  join study.study s on s.id = p.study_id
  where c.id in (select connection_id from concerned) and c.status not in ('revoked', 'reconsent_needed')
    and c.id not in (select id from due)
)
select (select count(*)::int from fresh) as fresh,
  (select count(distinct s.sha256)::int from sent s join fresh using (sha256)
   where not exists (select from concerned k where k.sha256 = s.sha256)) as unknown,
  coalesce((select json_agg(json_build_object('shortId', short_id, 'study', slug)) from due), '[]') as due,
  coalesce((select json_agg(json_build_object('shortId', short_id, 'study', slug)) from waiting), '[]') as waiting`;

/**
 * Takes the turn of somebody's reading after a notification, at most one in 15 minutes: 0, it is the caller's to have
 * made; else so many milliseconds are still to wait. Null where nothing of theirs is read any more.
 */
export async function claimNoticedRun(
  db: Queryable,
  source: string,
  shortId: string,
  at: Date,
): Promise<number | null> {
  const { rows } = await db.query<{ waitMs: number }>(
    `with known as (
       select c.id, c.webhook_run_at from study.connection c
       join study.participant p on p.id = c.participant_id and p.state in ('active', 'completed')
       where c.source = $1::text and p.short_id = $2::text and c.status not in ('revoked', 'reconsent_needed')
     ), claimed as (
       update study.connection c set webhook_run_at = $3::timestamptz from known k
       where c.id = k.id and (c.webhook_run_at is null or c.webhook_run_at <= $3::timestamptz - $4::interval)
       returning c.id
     )
     select case when exists (select from claimed) then 0
       else greatest(1, ceil(extract(epoch from k.webhook_run_at + $4::interval - $3::timestamptz) * 1000)) end::int as "waitMs"
     from known k`,
    [source, shortId, at, PACE],
  );
  return rows[0]?.waitMs ?? null;
}
