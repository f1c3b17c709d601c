import type { Queryable } from "./pool.ts";

export type ParticipantState = "invited" | "active" | "paused" | "withdrawn" | "completed";

/** A participant as schedules and runs need it. `id` is the database's; `shortId` is the one people see. */
export type Participant = Readonly<{
  id: number;
  shortId: string;
  study: string;
  site: string | null;
  arm: string | null;
  state: ParticipantState;
  enrolledOn: string;
  endedOn: string | null;
  timeZone: string;
}>;

/** A completed participant's device may sync late; as long as this, days that are not final are still read. */
export const GRACE_DAYS = 30;

/** Whether this participant's data is still asked for: active ones, and completed ones for a while. */
export function mayStillBeRead(
  { state, endedOn }: Pick<Participant, "state" | "endedOn">,
  now: Date,
): boolean {
  if (state !== "completed" || endedOn === null) return state === "active";
  return now.getTime() < Date.parse(endedOn) + (GRACE_DAYS + 1) * 86_400_000;
}

const SELECT = `
  select p.id, p.short_id as "shortId", s.slug as study, site.name as site, arm.name as arm, p.state,
    p.enrolled_on as "enrolledOn", p.ended_on as "endedOn", zone.time_zone as "timeZone"
  from study.participant p
  join study.study s on s.id = p.study_id
  left join study.site site on site.id = p.site_id
  left join study.arm arm on arm.id = p.arm_id
  join lateral (
    select z.time_zone from study.participant_zone z
    where z.participant_id = p.id and z.from_at <= now()
    order by z.from_at desc limit 1
  ) zone on true`;

/** Every participant, in a stable order. */
export async function listParticipants(db: Queryable): Promise<Participant[]> {
  return (await db.query<Participant>(`${SELECT} order by p.id`)).rows;
}

/** The participant with this short id, or null. */
export async function findParticipant(db: Queryable, shortId: string): Promise<Participant | null> {
  const { rows } = await db.query<Participant>(`${SELECT} where p.short_id = $1::text`, [shortId]);
  return rows[0] ?? null;
}

export type Enrolment = Readonly<{
  studyId: number;
  shortId: string;
  state: ParticipantState;
  enrolledOn: string;
  timeZone: string;
  site: string | null;
  arm: string | null;
  by?: string;
  why?: string;
}>;

/** Enrols a participant with site, arm, first time zone and state; one already known is left as it is. Returns the id. */
export async function enrolParticipant(db: Queryable, enrolment: Enrolment): Promise<number> {
  const { studyId, shortId, state, enrolledOn, timeZone, site, arm } = enrolment;
  const { by = "npm start", why = "enrolled" } = enrolment;
  await ensureNamed(db, "site", studyId, site);
  await ensureNamed(db, "arm", studyId, arm);
  const { rows } = await db.query<{ id: number }>(
    `with enrolled as (
       insert into study.participant (study_id, site_id, arm_id, short_id, state, enrolled_on)
       values (
         $1::int,
         (select id from study.site where study_id = $1::int and name = $5::text),
         (select id from study.arm where study_id = $1::int and name = $6::text),
         $2::text, $3::text, $4::date
       )
       on conflict (short_id) do nothing
       returning id
     ), zoned as (
       insert into study.participant_zone (participant_id, from_at, time_zone)
       select id, '-infinity'::timestamptz, $7::text from enrolled
     ), begun as (
       insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
       select id, now(), null, $3::text, $8::text, $9::text from enrolled
     )
     select id from enrolled
     union all
     select id from study.participant where short_id = $2::text and study_id = $1::int`,
    [studyId, shortId, state, enrolledOn, site, arm, timeZone, by, why],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`Participant ${shortId} is enrolled in another study`);
  return id;
}

async function ensureNamed(
  db: Queryable,
  table: "site" | "arm",
  studyId: number,
  name: string | null,
): Promise<void> {
  if (name === null) return;
  await db.query(
    `insert into study.${table} (study_id, name) values ($1::int, $2::text) on conflict do nothing`,
    [studyId, name],
  );
}

/** Tells the pages that something they show has changed. */
export async function announceChange(db: Queryable): Promise<void> {
  await db.query("select nextval('study.change_counter')");
}

/** The number that moves whenever a page would show something new. */
export async function readChangeCounter(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ last_value: number }>(
    "select last_value from study.change_counter",
  );
  return rows[0]?.last_value ?? 0;
}
