import type { JudgedGap } from "../adherence/gaps.ts";
import type { JudgedDay } from "../adherence/judge-days.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** A stretch of local days to judge, and the wider one that must be looked at for it. */
export type DaysToJudge = Readonly<{
  firstDay: string;
  lastDay: string;
  contextFrom: string;
  contextTo: string;
}>;

/** The rules version of the days judged so far; null where none was. */
export async function readJudgedVersion(
  db: Queryable,
  participantId: number,
): Promise<Readonly<{ lowest: number; highest: number }> | null> {
  const { rows } = await db.query<{ lowest: number | null; highest: number | null }>(
    `select min(settings_version) as lowest, max(settings_version) as highest
     from study.judged_day where participant_id = $1::int`,
    [participantId],
  );
  const { lowest = null, highest = null } = rows[0] ?? {};
  return lowest === null || highest === null ? null : { lowest, highest };
}

/**
 * Which local days to judge now: those touched, those never judged or with other bounds than before, those that are still
 * open, and the neighbours of all of these. Each stretch comes with the days to look at: as far as the battery's next and
 * last reading and the next and last sample reach, so that every gap is seen whole.
 */
export async function listDaysToJudge(
  db: Queryable,
  participantId: number,
  {
    enrolledOn,
    lastDay,
    touched,
    openStates,
  }: Readonly<{
    enrolledOn: string;
    lastDay: string;
    touched: readonly string[];
    openStates: readonly string[];
  }>,
): Promise<DaysToJudge[]> {
  const { rows } = await db.query<DaysToJudge>(LIST_DAYS, [
    participantId,
    enrolledOn,
    lastDay,
    touched,
    openStates,
  ]);
  return rows;
}

const LIST_DAYS = `
with day as (
  select d.* from study.local_days($1::int, $2::date, $3::date) d
), wanted as (
  select d.day from day d
  left join study.judged_day j on j.participant_id = $1::int and j.day = d.day
  where d.day = any ($4::date[]) or j.day is null or j.state = any ($5::text[])
    or j.starts_at <> d.starts_at or j.ends_at <> d.ends_at
), wide as (
  select distinct d.day, d.starts_at, d.ends_at from day d join wanted w on d.day between w.day - 1 and w.day + 1
), stretch as (
  select min(day) as first_day, max(day) as last_day, min(starts_at) as starts_at, max(ends_at) as ends_at
  from (select w.*, w.day - (row_number() over (order by w.day))::int as island from wide w) i
  group by island
), seen as (
  select s.first_day, s.last_day,
    coalesce(study.local_day($1::int, (
      select max(y.synced_at) from study.device_sync y join study.device d on d.id = y.device_id
      where d.participant_id = $1::int and d.kind = 'tracker' and y.synced_at < s.starts_at)), s.first_day) as from_day,
    coalesce(study.local_day($1::int, (
      select min(y.synced_at) from study.device_sync y join study.device d on d.id = y.device_id
      where d.participant_id = $1::int and d.kind = 'tracker' and y.synced_at >= s.ends_at)), s.last_day) as to_day
  from stretch s
)
select s.first_day as "firstDay", s.last_day as "lastDay",
  greatest($2::date, coalesce((
    select max(m.day) from study.ledger_metric m
    join study.series r on r.id = m.series_id and r.for_wear and r.dense
    where m.participant_id = $1::int and m.day < s.from_day and m.received_minutes > 0), $2::date)) as "contextFrom",
  least($3::date, coalesce((
    select min(m.day) from study.ledger_metric m
    join study.series r on r.id = m.series_id and r.for_wear and r.dense
    where m.participant_id = $1::int and m.day > s.to_day and m.received_minutes > 0), $3::date)) as "contextTo"
from seen s
order by s.first_day`;

/** What storing a judgement changed. */
export type Changed = Readonly<{ days: number; gaps: number }>;

/** Stores judged days; a day that came out as before keeps its row and its time. */
export async function storeJudgedDays(
  db: Queryable,
  participantId: number,
  days: readonly JudgedDay[],
  {
    settingsVersion,
    validDayMinutes,
    now,
  }: Readonly<{
    settingsVersion: number;
    validDayMinutes: number;
    now: Date;
  }>,
): Promise<number> {
  const { rowCount } = await db.query(
    `insert into study.judged_day as j (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes,
       wear_minutes, state, valid_so_far, proof, settings_version, judged_at)
     select $1::int, g.*, $10::int, $11::timestamptz
     from (
       select d.day, timestamptz 'epoch' + d.starts * interval '1 millisecond', timestamptz 'epoch' + d.ends * interval '1 millisecond',
         d.expected, d.received, d.worn, d.state, d.worn >= $12::int, d.proof::jsonb
       from unnest($2::date[], $3::float8[], $4::float8[], $5::int[], $6::int[], $7::int[], $8::text[], $9::text[])
         as d (day, starts, ends, expected, received, worn, state, proof)
     ) g
     on conflict (participant_id, day) do update set
       starts_at = excluded.starts_at,
       ends_at = excluded.ends_at,
       expected_minutes = excluded.expected_minutes,
       received_minutes = excluded.received_minutes,
       wear_minutes = excluded.wear_minutes,
       state = excluded.state,
       valid_so_far = excluded.valid_so_far,
       proof = excluded.proof,
       settings_version = excluded.settings_version,
       judged_at = excluded.judged_at
     where (j.starts_at, j.ends_at, j.received_minutes, j.wear_minutes, j.state, j.valid_so_far, j.proof, j.settings_version)
       is distinct from (excluded.starts_at, excluded.ends_at, excluded.received_minutes, excluded.wear_minutes,
         excluded.state, excluded.valid_so_far, excluded.proof, excluded.settings_version)`,
    [
      participantId,
      days.map(({ day }) => day),
      days.map(({ startMs }) => startMs),
      days.map(({ endMs }) => endMs),
      days.map(({ expectedMinutes }) => expectedMinutes),
      days.map(({ receivedMinutes }) => receivedMinutes),
      days.map(({ wearMinutes }) => wearMinutes),
      days.map(({ state }) => state),
      days.map(({ proof }) => JSON.stringify(proof)),
      settingsVersion,
      now,
      validDayMinutes,
    ],
  );
  return rowCount ?? 0;
}

/** Data that is a few hours late is how trackers work; only what was missing for longer is told as recovered. */
const TOLD_AFTER_HOURS = 6;

/**
 * Makes these the gaps of a span: new ones are added, known ones get their present end and cause, and of those that are
 * none any more, the ones in which something was measured say when they were recovered; the others were never so.
 */
export async function storeGaps(
  db: Queryable,
  { participantId, seriesId }: Readonly<{ participantId: number; seriesId: number }>,
  gaps: readonly JudgedGap[],
  { fromMs, toMs, now }: Readonly<{ fromMs: number; toMs: number; now: Date }>,
): Promise<number> {
  const { rows } = await db.query<{ changed: number }>(STORE_GAPS, [
    participantId,
    seriesId,
    new Date(fromMs),
    new Date(toMs),
    gaps.map((gap) => gap.fromMs),
    gaps.map((gap) => gap.toMs),
    gaps.map(({ cause }) => cause),
    gaps.map(({ recoverableUntilMs }) => recoverableUntilMs),
    gaps.map(({ evidence }) => JSON.stringify(evidence)),
    now,
    TOLD_AFTER_HOURS,
  ]);
  return only(rows, "stored gaps").changed;
}

const AT = (ms: string) => `timestamptz 'epoch' + ${ms} * interval '1 millisecond'`;

const STORE_GAPS = `
with given as (
  select ${AT("g.from_ms")} as starts_at, ${AT("g.to_ms")} as ends_at, g.cause,
    ${AT("g.until_ms")} as recoverable_until, g.evidence::jsonb as evidence
  from unnest($5::float8[], $6::float8[], $7::text[], $8::float8[], $9::text[]) as g (from_ms, to_ms, cause, until_ms, evidence)
), gone as (
  select g.starts_at, exists (
      select from study.sample s
      where s.participant_id = $1::int and s.series_id = $2::smallint and s.time >= g.starts_at and s.time < g.ends_at)
    and (g.cause <> 'not_yet_synced' or g.ends_at - g.starts_at >= make_interval(hours => $11::int)) as told
  from study.gap g
  where g.participant_id = $1::int and g.series_id = $2::smallint and g.recovered_at is null
    and g.ends_at > $3::timestamptz and g.starts_at < $4::timestamptz
    and g.starts_at not in (select starts_at from given)
), recovered as (
  update study.gap g set recovered_at = $10::timestamptz
  from gone
  where g.participant_id = $1::int and g.series_id = $2::smallint and g.starts_at = gone.starts_at and gone.told
  returning 1
), removed as (
  delete from study.gap g using gone
  where g.participant_id = $1::int and g.series_id = $2::smallint and g.starts_at = gone.starts_at and not gone.told
  returning 1
), stored as (
  insert into study.gap as g (participant_id, series_id, starts_at, ends_at, cause, recoverable_until, evidence, found_at)
  select $1::int, $2::smallint, starts_at, ends_at, cause, recoverable_until, evidence, $10::timestamptz from given
  on conflict (participant_id, series_id, starts_at) do update set
    ends_at = excluded.ends_at,
    cause = excluded.cause,
    recoverable_until = excluded.recoverable_until,
    evidence = excluded.evidence,
    found_at = case when g.recovered_at is null then g.found_at else excluded.found_at end,
    recovered_at = null
  where (g.ends_at, g.cause, g.recoverable_until, g.evidence, g.recovered_at)
    is distinct from (excluded.ends_at, excluded.cause, excluded.recoverable_until, excluded.evidence, null)
  returning 1
)
select (select count(*) from recovered)::int + (select count(*) from removed)::int + (select count(*) from stored)::int as changed`;

/** Records that all days of a participant were judged anew. */
export async function noteRejudgement(
  db: Queryable,
  participantId: number,
  {
    at,
    reason,
    fromVersion,
    toVersion,
    days,
    changed,
  }: Readonly<{
    at: Date;
    reason: "first" | "rules" | "command";
    fromVersion: number | null;
    toVersion: number;
    days: number;
    changed: Changed;
  }>,
): Promise<void> {
  await db.query(
    `insert into study.rejudgement (participant_id, at, reason, from_version, to_version, days, changed_days, changed_gaps)
     values ($1::int, $2::timestamptz, $3::text, $4::int, $5::int, $6::int, $7::int, $8::int)`,
    [participantId, at, reason, fromVersion, toVersion, days, changed.days, changed.gaps],
  );
}

/** Begins and ends the participant's episodes by their flags, each once; answers how many events that was. */
export async function noteEpisodes(
  db: Queryable,
  participantId: number,
  at: Date,
): Promise<number> {
  const { rows } = await db.query<{ events: number }>(
    "select study.note_episodes($1::int, $2::timestamptz) as events",
    [participantId, at],
  );
  return only(rows, "participant").events;
}
