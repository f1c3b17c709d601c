import type { MovedDays } from "./moved-days.ts";
import { isReadSql, moveSessions, settleMovedDays } from "./moved-days.ts";
import type { Participant, ParticipantState } from "./participants.ts";
import { findParticipant } from "./participants.ts";
import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** The one table of what may become of a participant. Withdrawn is for good; who has completed may still withdraw. */
export const stateVerbs = {
  activate: { from: ["invited"], to: "active" },
  pause: { from: ["active"], to: "paused" },
  resume: { from: ["paused"], to: "active" },
  withdraw: { from: ["invited", "active", "paused", "completed"], to: "withdrawn" },
  complete: { from: ["active", "paused"], to: "completed" },
} as const satisfies Record<
  string,
  Readonly<{ from: readonly ParticipantState[]; to: ParticipantState }>
>;

export type StateVerb = keyof typeof stateVerbs;

export const STATE_VERBS = Object.keys(stateVerbs) as readonly StateVerb[];

/** What may be done to a participant in this state. */
export function verbsFrom(state: ParticipantState): readonly StateVerb[] {
  return STATE_VERBS.filter((verb) =>
    (stateVerbs[verb].from as readonly ParticipantState[]).includes(state),
  );
}

/** The participant with this short id, or a refusal. */
export async function mustFindParticipant(db: Queryable, shortId: string): Promise<Participant> {
  const person = await findParticipant(db, shortId);
  if (person) return person;
  throw new Refusal("id", `There is no participant ${shortId}`);
}

/**
 * Does this to the participant: state, history and audit in one statement. Withdrawing and completing set the last
 * local day that counts, today where `lastDay` does not say; withdrawing also asks for what is left to do, erasing
 * included where `erase` says so.
 */
export async function changeState(
  db: Queryable,
  {
    shortId,
    verb,
    lastDay = null,
    erase = false,
  }: Readonly<{ shortId: string; verb: StateVerb; lastDay?: string | null; erase?: boolean }>,
  { by, why }: Because,
): Promise<void> {
  const person = await mustFindParticipant(db, shortId);
  if (!verbsFrom(person.state).includes(verb)) {
    const may = verbsFrom(person.state).join(", ");
    throw new Refusal(
      "state",
      `${shortId} is ${person.state}: cannot ${verb}; ${may === "" ? "that is for good" : `can ${may}`}`,
    );
  }
  if (lastDay !== null && lastDay < person.enrolledOn) {
    throw new Refusal("lastDay", `is before enrolment (${person.enrolledOn})`);
  }
  const { to } = stateVerbs[verb];
  const { rowCount } = await db.query(CHANGE_STATE, [
    shortId,
    person.state,
    to,
    by,
    why,
    `participant.${verb}`,
    lastDay,
    erase,
  ]);
  if (rowCount === 0) {
    throw new Refusal("state", `Somebody changed ${shortId} a moment ago: look and try again`);
  }
}

const CHANGE_STATE = `
with changed as (
  update study.participant p set
    state = $3::text,
    ended_on = case
      when $3::text in ('withdrawn', 'completed')
        then coalesce($7::date, p.ended_on, greatest(study.local_day(p.id, now()), p.enrolled_on))
    end
  where p.short_id = $1::text and p.state = $2::text
  returning p.id, p.ended_on
), logged as (
  insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
  select id, now(), $2::text, $3::text, $4::text, $5::text from changed
), asked as (
  insert into study.withdrawal (participant_id, wish, asked_at)
  select id, case when $8::boolean then 'erase' else 'keep' end, now() from changed where $3::text = 'withdrawn'
)
select audit.note($4::text, $6::text, $1::text, $5::text,
  jsonb_strip_nulls(jsonb_build_object('from', $2::text, 'to', $3::text, 'ended_on', ended_on,
    'erase', case when $8::boolean then true end))),
  nextval('study.change_counter')
from changed`;

/** What became of the local days that a move gave other bounds; null where they are read again, because the person is read. */
export type Moved = MovedDays | null;

/**
 * Appends to the zone history: from this instant on (now where it is null) the participant lives by another zone. Days
 * that end after it have other bounds: of somebody who is read they are opened again, their sleeps go to the day they end
 * in, and their next run counts them; of
 * whom nothing is read they are counted anew here, for nobody else ever would. `at` is the present by the clock that
 * runs go by, the database's where it is left out.
 */
export async function moveParticipant(
  db: Queryable,
  {
    shortId,
    timeZone,
    from,
    at,
  }: Readonly<{ shortId: string; timeZone: string; from: Date | null; at?: Date }>,
  { by, why }: Because,
): Promise<Moved> {
  const { id } = await mustFindParticipant(db, shortId);
  const { zones } = await readParticipantHistory(db, shortId);
  const last = zones.at(-1);
  if (last?.timeZone === timeZone) throw new Refusal("timeZone", `${shortId} is in ${timeZone}`);
  const { rows } = await db.query<{ isRead: boolean }>(MOVE, [
    shortId,
    timeZone,
    from,
    by,
    why,
    at ?? null,
  ]);
  const [moved] = rows;
  if (moved === undefined) {
    throw new Refusal(
      "from",
      `must be after ${last?.from?.toISOString() ?? "the last move"}: history is added to, never rewritten`,
    );
  }
  if (!moved.isRead) return settleMovedDays(db, id);
  await moveSessions(db, id);
  return null;
}

const MOVE = `
with person as (
  select p.id, ${isReadSql("now()")} as is_read
  from study.participant p where p.short_id = $1::text
), moved as (
  insert into study.participant_zone (participant_id, from_at, time_zone)
  select p.id, date_trunc('minute', coalesce($3::timestamptz, now())), $2::text
  from person p
  where not exists (
    select from study.participant_zone z
    where z.participant_id = p.id and z.from_at >= date_trunc('minute', coalesce($3::timestamptz, now())))
  on conflict do nothing
  returning participant_id, from_at
), reopened as (
  update study.ledger_metric m
  set read_at = null, stable_since = null, final_at = null, reopened_at = coalesce($6::timestamptz, now())
  from study.ledger l
  join moved on moved.participant_id = l.participant_id and l.ends_at > moved.from_at
  join person on person.is_read
  where m.participant_id = l.participant_id and m.day = l.day
  returning m.day
)
select audit.note($4::text, 'participant.move', $1::text, $5::text,
  jsonb_build_object('field', 'time_zone', 'from_at', from_at,
    'days_reopened', (select count(distinct day) from reopened))),
  nextval('study.change_counter'), is_read as "isRead"
from moved cross join person`;

/** What became of a participant, oldest first. A zone's `from` is null for the first. */
export type ParticipantHistory = Readonly<{
  states: readonly Readonly<{
    at: Date;
    from: ParticipantState | null;
    to: ParticipantState;
    by: string;
    why: string;
  }>[];
  zones: readonly Readonly<{ from: Date | null; timeZone: string }>[];
  /** What the account at the source told of last; null where it never told one, as when settings are withheld. */
  accountZone: string | null;
}>;

/** A participant's changes of state and time zone. */
export async function readParticipantHistory(
  db: Queryable,
  shortId: string,
): Promise<ParticipantHistory> {
  const states = db.query<ParticipantHistory["states"][number]>(
    `select c.at, c.from_state as from, c.to_state as to, c.actor as by, c.reason as why
     from study.participant_state_change c
     join study.participant p on p.id = c.participant_id
     where p.short_id = $1::text
     order by c.at, c.id`,
    [shortId],
  );
  const zones = db.query<ParticipantHistory["zones"][number]>(
    `select case when isfinite(z.from_at) then z.from_at end as from, z.time_zone as "timeZone"
     from study.participant_zone z
     join study.participant p on p.id = z.participant_id
     where p.short_id = $1::text
     order by z.from_at`,
    [shortId],
  );
  const accounts = db.query<{ zone: string | null }>(
    `select c.account_time_zone as zone
     from study.connection c
     join study.participant p on p.id = c.participant_id
     where p.short_id = $1::text
     order by c.id desc limit 1`,
    [shortId],
  );
  const [changes, lived, told] = await Promise.all([states, zones, accounts]);
  return { states: changes.rows, zones: lived.rows, accountZone: told.rows[0]?.zone ?? null };
}
