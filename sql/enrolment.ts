import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** A participant about to be enrolled; what it says has been checked against `readKnown`. */
export type NewParticipant = Readonly<{
  shortId: string;
  timeZone: string;
  enrolledOn: string;
  state: ParticipantState;
  site: string | null;
  arm: string | null;
}>;

/** What a participant was enrolled with; the time zone is their first. */
export type Enrolled = Readonly<{
  shortId: string;
  study: string;
  timeZone: string;
  enrolledOn: string;
  site: string | null;
  arm: string | null;
}>;

/** What the database says of these short ids and time zones: two queries, however many there are. */
export async function readKnown(
  db: Queryable,
  { shortIds, timeZones }: Readonly<{ shortIds: readonly string[]; timeZones: readonly string[] }>,
): Promise<Readonly<{ enrolled: ReadonlyMap<string, Enrolled>; timeZones: ReadonlySet<string> }>> {
  const { rows } = await db.query<Enrolled>(
    `select p.short_id as "shortId", s.slug as study, p.enrolled_on as "enrolledOn", zone.time_zone as "timeZone",
       site.name as site, arm.name as arm
     from study.participant p
     join study.study s on s.id = p.study_id
     join study.participant_zone zone on zone.participant_id = p.id and zone.from_at = '-infinity'
     left join study.site site on site.id = p.site_id
     left join study.arm arm on arm.id = p.arm_id
     where p.short_id = any ($1::text[])`,
    [shortIds],
  );
  const zones = await db.query<{ name: string }>(
    "select name from pg_timezone_names where name = any ($1::text[])",
    [timeZones],
  );
  return {
    enrolled: new Map(rows.map((row) => [row.shortId, row])),
    timeZones: new Set(zones.rows.map(({ name }) => name)),
  };
}

/** Enrols all of them or none, in one statement with its audit; `detail` says where they came from. */
export async function addParticipants(
  db: Queryable,
  {
    study,
    people,
    detail = {},
  }: Readonly<{
    study: string;
    people: readonly NewParticipant[];
    detail?: Readonly<Record<string, unknown>>;
  }>,
  { by, why }: Because,
): Promise<void> {
  const column = <Key extends keyof NewParticipant>(key: Key) => people.map((row) => row[key]);
  const known = { ...detail, participants: column("shortId") };
  try {
    await db.query(ADD_PARTICIPANTS, [
      study,
      column("shortId"),
      column("timeZone"),
      column("enrolledOn"),
      column("state"),
      column("site"),
      column("arm"),
      by,
      why,
      JSON.stringify(known),
    ]);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "23505")) throw error;
    throw new Refusal(
      "id",
      "Somebody enrolled one of these participants a moment ago: check again; nobody was enrolled now",
    );
  }
}

const ADD_PARTICIPANTS = `
with given as (
  select * from unnest($2::text[], $3::text[], $4::date[], $5::text[], $6::text[], $7::text[])
    as g (short_id, time_zone, enrolled_on, state, site, arm)
), enrolled as (
  insert into study.participant (study_id, site_id, arm_id, short_id, state, enrolled_on)
  select s.id, site.id, arm.id, g.short_id, g.state, g.enrolled_on
  from given g
  join study.study s on s.slug = $1::text
  left join study.site site on site.study_id = s.id and site.name = g.site
  left join study.arm arm on arm.study_id = s.id and arm.name = g.arm
  returning id, short_id, state
), zoned as (
  insert into study.participant_zone (participant_id, from_at, time_zone)
  select e.id, '-infinity'::timestamptz, g.time_zone from enrolled e join given g using (short_id)
), begun as (
  insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
  select id, now(), null, state, $8::text, $9::text from enrolled
)
select audit.note($8::text, 'participant.add', $1::text, $9::text, $10::jsonb), nextval('study.change_counter')`;
