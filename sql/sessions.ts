import type { Page, StageSpan } from "../sources/source.ts";
import type { StoredPage } from "./page-notes.ts";
import { pageNotes, pageNotesSql } from "./page-notes.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** A sleep session with its stages in order of time. Minutes are whole. */
export type SleepSession = Readonly<{
  providerSessionId: string;
  stages: readonly StageSpan[];
  minutesAsleep: number;
  minutesInBed: number;
}>;

export type SessionOwner = Readonly<{ participantId: number; seriesId: number }>;

/** The stored stages of these sessions, by the source's own id; those not stored yet are not in it. */
export async function readStages(
  db: Queryable,
  { participantId, seriesId }: SessionOwner,
  providerSessionIds: readonly string[],
): Promise<Map<string, StageSpan[]>> {
  const { rows } = await db.query<StageSpan & { id: string }>(
    `select s.provider_session_id as id, g.stage,
       (extract(epoch from g.starts_at) * 1000)::bigint as "startMs",
       (extract(epoch from g.ends_at) * 1000)::bigint as "endMs"
     from study.session s
     join study.session_stage g on g.session_id = s.id
     where s.participant_id = $1::int and s.series_id = $2::smallint
       and s.provider_session_id = any ($3::text[])
     order by s.id, g.starts_at`,
    [participantId, seriesId, providerSessionIds],
  );
  const byId = new Map<string, StageSpan[]>();
  for (const { id, startMs, endMs, stage } of rows) {
    const spans = byId.get(id) ?? [];
    spans.push({ startMs, endMs, stage });
    byId.set(id, spans);
  }
  return byId;
}

/**
 * Stores sleep sessions of one participant with exactly these stages, in one statement. A session reaches from its
 * first stage to its last and belongs to the participant-local day it ends in. What those named by `revision` were
 * before is kept.
 */
export async function storeSleepSessions(
  db: Queryable,
  { participantId, seriesId }: SessionOwner,
  sessions: readonly SleepSession[],
  seenAt: Date,
  revision: Readonly<{ of: readonly string[]; workflowRunId: string }> = {
    of: [],
    workflowRunId: "",
  },
): Promise<void> {
  if (sessions.length === 0) return;
  const stages = sessions.flatMap(({ providerSessionId, stages }) =>
    stages.map((span) => ({ ...span, providerSessionId })),
  );
  await db.query(STORE_SESSIONS, [
    participantId,
    seriesId,
    sessions.map((one) => one.providerSessionId),
    sessions.map((one) => one.minutesAsleep),
    sessions.map((one) => one.minutesInBed),
    stages.map((one) => one.providerSessionId),
    stages.map((one) => one.startMs),
    stages.map((one) => one.endMs),
    stages.map((one) => one.stage),
    seenAt,
    revision.of,
    revision.workflowRunId,
  ]);
}

/** The stages of the sessions just stored (`session`: id, key) become those told (`stage`: key, starts_at, ends_at, stage). */
const REMOVE_STAGES = `
  delete from study.session_stage g
  using session
  where g.session_id = session.id
    and not exists (select from stage where stage.key = session.key and stage.starts_at = g.starts_at)`;
const STORE_STAGES = `
  insert into study.session_stage (session_id, starts_at, ends_at, stage)
  select session.id, stage.starts_at, stage.ends_at, stage.stage
  from stage join session using (key)
  on conflict (session_id, starts_at) do update set ends_at = excluded.ends_at, stage = excluded.stage`;

/**
 * SQL for all that a session says, as JSON: what is compared, hashed and kept when it changes. `stages` is SQL for its
 * stages (starts_at, ends_at, stage).
 */
const sessionContentSql = (session: string, stages: string) => `
  jsonb_build_object(
    'starts_at', ${instantSql(`${session}.starts_at`)}, 'ends_at', ${instantSql(`${session}.ends_at`)},
    'kind', ${session}.kind, 'label', ${session}.label, 'main', ${session}.main, 'processed', ${session}.processed,
    'minutes_asleep', ${session}.minutes_asleep, 'minutes_in_bed', ${session}.minutes_in_bed,
    'stages', coalesce((
      select jsonb_agg(jsonb_build_array(${instantSql("g.starts_at")}, ${instantSql("g.ends_at")}, g.stage)
        order by g.starts_at)
      from ${stages}
    ), '[]'))`;

/** The same text in every session, whatever its time zone. */
function instantSql(instant: string): string {
  return `to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** SQL for the content of a stored session. */
export const storedContentSql = (session: string) =>
  sessionContentSql(session, `study.session_stage g where g.session_id = ${session}.id`);

const STORE_SESSIONS = `
with stage as (
  select key, timestamptz 'epoch' + start_ms * interval '1 millisecond' as starts_at,
    timestamptz 'epoch' + end_ms * interval '1 millisecond' as ends_at, stage
  from unnest($6::text[], $7::float8[], $8::float8[], $9::text[]) as g (key, start_ms, end_ms, stage)
), span as (
  select key, min(starts_at) as starts_at, max(ends_at) as ends_at from stage group by key
), revised as (
  insert into study.session_revision (participant_id, series_id, provider_session_id, day, old_content, withdrawn,
    revised_at, workflow_run_id)
  select s.participant_id, s.series_id, s.provider_session_id, s.day, ${storedContentSql("s")}, false,
    $10::timestamptz, $12::text
  from study.session s
  where s.participant_id = $1::int and s.series_id = $2::smallint and s.provider_session_id = any ($11::text[])
  on conflict do nothing
), session as (
  insert into study.session (participant_id, series_id, provider_session_id, starts_at, ends_at, day, kind,
    minutes_asleep, minutes_in_bed, seen_at)
  select $1::int, $2::smallint, key, starts_at, ends_at, study.local_day($1::int, ends_at), 'sleep',
    minutes_asleep, minutes_in_bed, $10::timestamptz
  from unnest($3::text[], $4::int[], $5::int[]) as s (key, minutes_asleep, minutes_in_bed)
  join span using (key)
  on conflict (participant_id, series_id, provider_session_id) do update set
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    day = excluded.day,
    minutes_asleep = excluded.minutes_asleep,
    minutes_in_bed = excluded.minutes_in_bed,
    seen_at = excluded.seen_at
  returning id, provider_session_id as key
), removed as (${REMOVE_STAGES})
${STORE_STAGES}`;

/** A page of sessions. */
export type SessionsPage = Extract<Page, { holds: "sessions" }>;

/**
 * Stores one page in one statement, as a page of samples is: its sessions with exactly their stages, what they were where
 * a final day changed, what did not fit and where it came from. A session belongs to the participant-local day it ends
 * in, by the zone of now: a corrected one moves it, which is no revision. The same page again changes nothing. With `toldBefore` a session that is there stays as it is.
 */
export async function storeSessionsPage(
  db: Queryable,
  owner: SessionOwner & Readonly<{ workflowRunId: string }>,
  page: SessionsPage,
  toldBefore = false,
): Promise<StoredPage> {
  const { sessions } = page;
  const stages = sessions.flatMap(({ providerSessionId, stages }) =>
    stages.map((span) => ({ ...span, providerSessionId })),
  );
  const { rows } = await db.query<StoredPage>(STORE_PAGE, [
    owner.participantId,
    owner.seriesId,
    sessions.map((one) => one.providerSessionId),
    sessions.map((one) => one.startMs),
    sessions.map((one) => one.endMs),
    sessions.map((one) => one.label),
    ...pageNotes(owner.workflowRunId, page),
    sessions.map((one) => one.kind),
    sessions.map((one) => one.main),
    sessions.map((one) => one.processed),
    sessions.map((one) => one.minutesAsleep),
    sessions.map((one) => one.minutesInBed),
    stages.map((one) => one.providerSessionId),
    stages.map((one) => one.startMs),
    stages.map((one) => one.endMs),
    stages.map((one) => one.stage),
    toldBefore,
  ]);
  return only(rows, "stored page");
}

const STORE_PAGE = `
with stage as (
  select key, timestamptz 'epoch' + start_ms * interval '1 millisecond' as starts_at,
    timestamptz 'epoch' + end_ms * interval '1 millisecond' as ends_at, stage
  from unnest($27::text[], $28::float8[], $29::float8[], $30::text[]) as g (key, start_ms, end_ms, stage)
), told as (
  select key, timestamptz 'epoch' + start_ms * interval '1 millisecond' as starts_at,
    timestamptz 'epoch' + end_ms * interval '1 millisecond' as ends_at, label, kind, main, processed,
    minutes_asleep, minutes_in_bed
  from unnest($3::text[], $4::float8[], $5::float8[], $6::text[], $22::text[], $23::boolean[], $24::boolean[],
    $25::int[], $26::int[]) as s (key, start_ms, end_ms, label, kind, main, processed, minutes_asleep, minutes_in_bed)
), changed as (
  select told.*, now.content, old.id is not null as known, old.day as old_day, old.content as old_content
  from told
  cross join lateral (select ${sessionContentSql("told", "stage g where g.key = told.key")} as content) now
  left join lateral (
    select s.id, s.day, ${storedContentSql("s")} as content
    from study.session s
    where s.participant_id = $1::int and s.series_id = $2::smallint and s.provider_session_id = told.key
  ) old on true
  where (old.content is distinct from now.content or old.day <> study.local_day($1::int, told.ends_at))
    and (old.id is null or not $31::boolean)
), revised as (
  insert into study.session_revision (participant_id, series_id, provider_session_id, day, old_content, withdrawn,
    revised_at, workflow_run_id)
  select $1::int, $2::smallint, c.key, c.old_day, c.old_content, false, $12::timestamptz, $7::text
  from changed c
  join study.ledger_metric m
    on m.participant_id = $1::int and m.day = c.old_day and m.series_id = $2::smallint and m.first_final_at is not null
  where c.known and c.old_content <> c.content
  on conflict do nothing
), session as (
  insert into study.session (participant_id, series_id, provider_session_id, starts_at, ends_at, day, kind, label,
    main, processed, minutes_asleep, minutes_in_bed, seen_at)
  select $1::int, $2::smallint, key, starts_at, ends_at, study.local_day($1::int, ends_at), kind, label, main,
    processed, minutes_asleep, minutes_in_bed, $12::timestamptz
  from changed
  on conflict (participant_id, series_id, provider_session_id) do update set
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    day = excluded.day,
    label = excluded.label,
    main = excluded.main,
    processed = excluded.processed,
    minutes_asleep = excluded.minutes_asleep,
    minutes_in_bed = excluded.minutes_in_bed,
    seen_at = excluded.seen_at
  returning id, provider_session_id as key
), removed as (${REMOVE_STAGES}), staged as (${STORE_STAGES}), counted as (
  select
    count(*) filter (where not known)::int as inserted,
    count(*) filter (where known)::int as updated,
    cardinality($17::text[]) as quarantined
  from changed
), ${pageNotesSql("cardinality($3::text[])")}
select inserted, updated, quarantined from counted`;
