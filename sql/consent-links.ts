import type { ParticipantState } from "./participants.ts";
import type { Queryable } from "./pool.ts";

/** An invitation to consent. `standing` says whether it is good now, or why not. */
export type ConsentLink = Readonly<{
  id: string;
  participantId: number;
  shortId: string;
  study: string;
  studyName: string;
  state: ParticipantState;
  endedOn: string | null;
  language: string;
  otherAccount: boolean;
  madeBy: string;
  madeAt: Date;
  expiresAt: Date;
  openedAt: Date | null;
  usedAt: Date | null;
  endedAt: Date | null;
}>;

/** For how long an invitation is good. */
const LINK_DAYS = 14;

/** Who makes an invitation to grant what was left out: the participant's own visit. */
export const PARTICIPANT = "participant";

const SELECT = `
  select l.id, l.participant_id as "participantId", p.short_id as "shortId", s.slug as study, s.name as "studyName",
    p.state, p.ended_on as "endedOn", coalesce(c.language, 'en') as language, l.other_account as "otherAccount",
    l.made_by as "madeBy", l.made_at as "madeAt", l.expires_at as "expiresAt", l.opened_at as "openedAt", l.used_at as "usedAt",
    l.ended_at as "endedAt"
  from study.consent_link l
  join study.participant p on p.id = l.participant_id
  join study.study s on s.id = p.study_id
  left join pii.contact c on c.participant_id = p.id`;

export type NewConsentLink = Readonly<{
  id: string;
  participantId: number;
  at: Date;
  otherAccount?: boolean;
  expiresAt?: Date;
}>;

/** Makes an invitation, and says in the audit who invited whom and why. */
export async function makeConsentLink(
  db: Queryable,
  link: NewConsentLink,
  { by, why }: Readonly<{ by: string; why: string }>,
): Promise<void> {
  const { id, participantId, at, otherAccount = false } = link;
  const expiresAt = link.expiresAt ?? new Date(at.getTime() + LINK_DAYS * 86_400_000);
  await db.query(
    `with made as (
       insert into study.consent_link (id, participant_id, made_by, reason, made_at, expires_at, other_account)
       values ($1::uuid, $2::int, $3::text, $4::text, $5::timestamptz, $6::timestamptz, $7::boolean)
       returning participant_id
     )
     select audit.note($3::text, 'consent.invite', p.short_id, $4::text,
       jsonb_build_object('expires_at', $6::timestamptz, 'other_account', $7::boolean))
     from made join study.participant p on p.id = made.participant_id`,
    [id, participantId, by, why, at, expiresAt, otherAccount],
  );
}

/** The invitation with this id, or null. */
export async function findConsentLink(db: Queryable, id: string): Promise<ConsentLink | null> {
  const { rows } = await db.query<ConsentLink>(`${SELECT} where l.id = $1::uuid`, [id]);
  return rows[0] ?? null;
}

/** A participant's latest invitations, newest first. */
export async function listConsentLinks(
  db: Queryable,
  participantId: number,
  limit: number,
): Promise<ConsentLink[]> {
  const { rows } = await db.query<ConsentLink>(
    `${SELECT} where l.participant_id = $1::int order by l.made_at desc, l.id limit $2::int`,
    [participantId, limit],
  );
  return rows;
}

/** The invitation by which a participant may grant what they left out a moment ago, where it is still good. */
export async function findRestLink(
  db: Queryable,
  participantId: number,
  at: Date,
): Promise<ConsentLink | null> {
  const { rows } = await db.query<ConsentLink>(
    `${SELECT}
     where l.participant_id = $1::int and l.made_by = $3::text and l.used_at is null and l.ended_at is null
       and l.expires_at > $2::timestamptz
     order by l.made_at desc limit 1`,
    [participantId, at, PARTICIPANT],
  );
  return rows[0] ?? null;
}

/** Notes that an invitation's page was shown, the first time only. */
export async function noteOpened(db: Queryable, id: string, at: Date): Promise<void> {
  await db.query(
    `update study.consent_link set opened_at = $2::timestamptz where id = $1::uuid and opened_at is null`,
    [id, at],
  );
}

/** Ends what a participant has of open invitations. Returns how many. */
export async function endConsentLinks(
  db: Queryable,
  participant: Readonly<{ id: number; shortId: string }>,
  at: Date,
  { by, why }: Readonly<{ by: string; why: string }>,
): Promise<number> {
  const { rows } = await db.query<{ ended: number }>(
    `with ended as (
       update study.consent_link set ended_at = $2::timestamptz
       where participant_id = $1::int and used_at is null and ended_at is null and expires_at > $2::timestamptz
       returning id
     ), counted as (select count(*)::int as ended from ended)
     select c.ended, audit.note($4::text, 'consent.end_links', $3::text, $5::text,
       jsonb_build_object('links', c.ended)) from counted c`,
    [participant.id, at, participant.shortId, by, why],
  );
  return rows[0]?.ended ?? 0;
}

/** How long somebody may be at the provider's consent page. */
const ATTEMPT_MINUTES = 60;

/** Somebody leaves for the provider's consent page; those who never came back are forgotten. */
export async function keepAttempt(
  db: Queryable,
  attempt: Readonly<{ stateHash: Buffer; linkId: string; language: string; at: Date }>,
): Promise<void> {
  const { stateHash, linkId, language, at } = attempt;
  await db.query(
    `with stale as (
       delete from study.consent_attempt where begun_at < $4::timestamptz - make_interval(mins => $5::int)
     )
     insert into study.consent_attempt (state_hash, link_id, language, begun_at)
     values ($1::bytea, $2::uuid, $3::text, $4::timestamptz)`,
    [stateHash, linkId, language, at, ATTEMPT_MINUTES],
  );
}

/** Somebody comes back: by which invitation they left, once. Null where nobody left like this, or too long ago. */
export async function takeAttempt(
  db: Queryable,
  stateHash: Buffer,
  at: Date,
): Promise<Readonly<{ linkId: string; language: string }> | null> {
  const { rows } = await db.query<{ linkId: string; language: string; fresh: boolean }>(
    `delete from study.consent_attempt where state_hash = $1::bytea
     returning link_id as "linkId", language,
       begun_at > $2::timestamptz - make_interval(mins => $3::int) as fresh`,
    [stateHash, at, ATTEMPT_MINUTES],
  );
  const [row] = rows;
  return row?.fresh ? { linkId: row.linkId, language: row.language } : null;
}

/** Whose own page it is: the study by its name, and the language they are written to in. */
export type Addressee = Readonly<{
  id: number;
  shortId: string;
  studyName: string;
  language: string;
}>;

/** The participant with this short id as the pages speak to them, or null. */
export async function findAddressee(db: Queryable, shortId: string): Promise<Addressee | null> {
  const { rows } = await db.query<Addressee>(
    `select p.id, p.short_id as "shortId", s.name as "studyName", coalesce(c.language, 'en') as language
     from study.participant p
     join study.study s on s.id = p.study_id
     left join pii.contact c on c.participant_id = p.id
     where p.short_id = $1::text`,
    [shortId],
  );
  return rows[0] ?? null;
}
