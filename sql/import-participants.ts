import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";

/** A participant whose files are imported. The first zone holds from the beginning (`fromMs` null). */
export type ImportParticipant = Readonly<{
  id: number;
  shortId: string;
  study: string;
  state: ParticipantState;
  zones: readonly Readonly<{ fromMs: number | null; timeZone: string }>[];
}>;

/** Those of these short ids that are enrolled, in whichever study. */
export async function findImportParticipants(
  db: Queryable,
  shortIds: readonly string[],
): Promise<ImportParticipant[]> {
  const { rows } = await db.query<ImportParticipant>(
    `select p.id, p.short_id as "shortId", s.slug as study, p.state, (
       select jsonb_agg(jsonb_build_object(
         'fromMs', case when isfinite(z.from_at) then (extract(epoch from z.from_at) * 1000)::bigint end,
         'timeZone', z.time_zone) order by z.from_at)
       from study.participant_zone z where z.participant_id = p.id
     ) as zones
     from study.participant p
     join study.study s on s.id = p.study_id
     where p.short_id = any ($1::text[])
     order by p.id`,
    [shortIds],
  );
  return rows;
}

/** Somebody an export tells of; the days are the first and the last local day in it. */
export type Exported = Readonly<{ shortId: string; firstDay: string; lastDay: string }>;

/**
 * Enrols those who are not known yet, in one statement with its audit: the export is a closed record, so they were
 * active from its first local day and have completed with its last, and nothing is ever fetched for them. Those
 * who are known stay as they are. Returns how many were enrolled.
 */
export async function enrolExported(
  db: Queryable,
  {
    study,
    timeZone,
    people,
  }: Readonly<{ study: string; timeZone: string; people: readonly Exported[] }>,
  { by, why }: Because,
): Promise<number> {
  const { rows } = await db.query<{ enrolled: number }>(ENROL_EXPORTED, [
    study,
    people.map(({ shortId }) => shortId),
    people.map(({ firstDay }) => firstDay),
    people.map(({ lastDay }) => lastDay),
    timeZone,
    by,
    why,
  ]);
  return rows[0]?.enrolled ?? 0;
}

/**
 * Moves the first and the last day outwards of those whom an import enrolled and another export tells more of, with
 * the end of their active time, in one statement with its audit. Returns of how many.
 */
export async function widenExported(
  db: Queryable,
  { study, people }: Readonly<{ study: string; people: readonly Exported[] }>,
  { by, why }: Because,
): Promise<number> {
  const { rows } = await db.query<{ widened: number }>(WIDEN_EXPORTED, [
    study,
    people.map(({ shortId }) => shortId),
    people.map(({ firstDay }) => firstDay),
    people.map(({ lastDay }) => lastDay),
    by,
    why,
  ]);
  return rows[0]?.widened ?? 0;
}

const WIDEN_EXPORTED = `
with given as (
  select * from unnest($2::text[], $3::date[], $4::date[]) as g (short_id, first_day, last_day)
), widened as (
  update study.participant p set
    enrolled_on = least(p.enrolled_on, g.first_day),
    ended_on = greatest(p.ended_on, g.last_day)
  from given g, study.study s, study.participant_state_change c
  where p.short_id = g.short_id and s.id = p.study_id and s.slug = $1::text and p.state = 'completed'
    and (g.first_day < p.enrolled_on or g.last_day > p.ended_on)
    and c.participant_id = p.id and c.to_state = 'completed' and c.reason = $6::text
  returning p.id, p.short_id, p.ended_on, c.id as change_id
), moved as (
  -- The end of an export was never a decision of anybody: it moves with the export, and the audit says so.
  update study.participant_state_change c set at = greatest(c.at, z.until_at)
  from widened w
  cross join lateral (
    select (w.ended_on + 1)::timestamp at time zone z.time_zone as until_at
    from study.participant_zone z where z.participant_id = w.id order by z.from_at desc limit 1
  ) z
  where c.id = w.change_id
), counted as (
  select count(*)::int as widened, jsonb_agg(short_id order by short_id) as participants from widened
)
select widened,
  case when widened > 0 then audit.note($5::text, 'participant.widen', $1::text, $6::text,
    jsonb_build_object('participants', participants)) end,
  nextval('study.change_counter')
from counted`;

const ENROL_EXPORTED = `
with given as (
  select * from unnest($2::text[], $3::date[], $4::date[]) as g (short_id, first_day, last_day)
), enrolled as (
  insert into study.participant (study_id, short_id, state, enrolled_on, ended_on)
  select s.id, g.short_id, 'completed', g.first_day, g.last_day
  from given g
  join study.study s on s.slug = $1::text
  on conflict (short_id) do nothing
  returning id, short_id, enrolled_on, ended_on
), zoned as (
  insert into study.participant_zone (participant_id, from_at, time_zone)
  select id, '-infinity'::timestamptz, $5::text from enrolled
), changed as (
  insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
  select id, enrolled_on::timestamp at time zone $5::text, null, 'active', $6::text, $7::text from enrolled
  union all
  select id, (ended_on + 1)::timestamp at time zone $5::text, 'active', 'completed', $6::text, $7::text
  from enrolled
), counted as (
  select count(*)::int as enrolled, jsonb_agg(short_id order by short_id) as participants from enrolled
)
select enrolled,
  case when enrolled > 0 then audit.note($6::text, 'participant.add', $1::text, $7::text,
    jsonb_build_object('participants', participants)) end,
  nextval('study.change_counter')
from counted`;
