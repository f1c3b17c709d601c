import type { Queryable } from "./pool.ts";

export type Stage = "awake" | "restless" | "asleep" | "light" | "deep" | "rem";

/** A stretch of one stage; both instants in epoch milliseconds, half-open. */
export type StageSpan = Readonly<{ startMs: number; endMs: number; stage: Stage }>;

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
 * first stage to its last and belongs to the participant-local day it ends in.
 */
export async function storeSleepSessions(
  db: Queryable,
  { participantId, seriesId }: SessionOwner,
  sessions: readonly SleepSession[],
  seenAt: Date,
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
  ]);
}

const STORE_SESSIONS = `
with stage as (
  select key, timestamptz 'epoch' + start_ms * interval '1 millisecond' as starts_at,
    timestamptz 'epoch' + end_ms * interval '1 millisecond' as ends_at, stage
  from unnest($6::text[], $7::float8[], $8::float8[], $9::text[]) as g (key, start_ms, end_ms, stage)
), span as (
  select key, min(starts_at) as starts_at, max(ends_at) as ends_at from stage group by key
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
), removed as (
  delete from study.session_stage g
  using session
  where g.session_id = session.id
    and not exists (select from stage where stage.key = session.key and stage.starts_at = g.starts_at)
)
insert into study.session_stage (session_id, starts_at, ends_at, stage)
select session.id, stage.starts_at, stage.ends_at, stage.stage
from stage join session using (key)
on conflict (session_id, starts_at) do update set ends_at = excluded.ends_at, stage = excluded.stage`;
