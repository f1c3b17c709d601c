import { z } from "zod";
import type { ContactDb } from "./contacts.ts";
import { readContactKey } from "./contacts.ts";
import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";
import type { StaffSite } from "./staff.ts";

export type MessageStatus =
  | "draft"
  | "queued"
  | "sending"
  | "accepted"
  | "delivered"
  | "bounced"
  | "failed"
  | "unknown"
  | "cancelled";

/** Minutes in which a message that was sent can still be taken back. */
const UNDO_MINUTES = 2;

/** A message and what became of it; its text is not here. */
export type Message = Readonly<{
  id: string;
  participantId: number;
  participant: string;
  study: string;
  site: string | null;
  template: string;
  version: string;
  language: string;
  approval: string;
  status: MessageStatus;
  /** Codes of why it was not sent, or how it failed; fixed words. */
  statusReason: string;
  statusAt: Date;
  undoUntil: Date | null;
  sentAt: Date | null;
  madeBy: string;
  madeAt: Date;
  mailer: string | null;
  followed24h: boolean | null;
  followed48h: boolean | null;
}>;

const SELECT = `
  select m.id, m.participant_id as "participantId", p.short_id as participant, s.slug as study, t.name as site,
    m.template, m.template_version as version, m.language, m.approval, m.status, m.status_reason as "statusReason",
    m.status_at as "statusAt", m.undo_until as "undoUntil", m.sent_at as "sentAt", m.made_by as "madeBy",
    m.made_at as "madeAt", m.mailer, m.followed_24h as "followed24h", m.followed_48h as "followed48h"
  from study.message m
  join study.participant p on p.id = m.participant_id
  join study.study s on s.id = p.study_id
  left join study.site t on t.id = p.site_id`;

export async function findMessage(db: Queryable, id: string): Promise<Message | null> {
  const { rows } = await db.query<Message>(`${SELECT} where m.id = $1::uuid`, [id]);
  return rows[0] ?? null;
}

/** Messages, newest first, of everybody, one participant or one site; drafts nobody sent are not among them. */
export async function listMessages(
  db: Queryable,
  {
    participant = null,
    site = null,
    limit = 50,
  }: Readonly<{ participant?: string | null; site?: StaffSite | null; limit?: number }>,
): Promise<Message[]> {
  const { rows } = await db.query<Message>(
    `${SELECT} where m.status <> 'draft' and ($1::text is null or p.short_id = $1::text)
       and ($3::text is null or (s.slug = $3::text and t.name = $4::text))
     order by m.made_at desc, m.id limit $2::int`,
    [participant, limit, site?.study ?? null, site?.name ?? null],
  );
  return rows;
}

/** The exact bytes of a message. */
export type MessageBody = Readonly<{ subject: string; text: string; html: string }>;

const Body = z.strictObject({ subject: z.string(), text: z.string(), html: z.string() });

/** The exact bytes that were previewed; null where they were erased. */
export async function readBody(
  { db, cipher }: ContactDb,
  { id, participantId }: Pick<Message, "id" | "participantId">,
): Promise<MessageBody | null> {
  const { rows } = await db.query<{ sealed: Buffer }>(
    "select sealed from pii.message_body where message_id = $1::uuid",
    [id],
  );
  const sealed = rows[0]?.sealed;
  const key = await readContactKey(db, participantId);
  if (sealed === undefined || key === null) return null;
  return Body.parse(
    JSON.parse(cipher.open(sealed, key, { participantId, about: `message:${id}` })),
  );
}

/**
 * Sends a draft: from now on it waits out the undo window. True where this call did it; false where it was sent
 * before, so that a second click, a second tab and a retry of the same draft are the first one's. Another message
 * from the same template on the same local day is a refusal, and so is a draft whose words are no longer so.
 */
export async function queueMessage(
  db: Queryable,
  { id, participant }: Pick<Message, "id" | "participant">,
  { by, why }: Because,
): Promise<boolean> {
  try {
    const { rowCount } = await db.query(
      `with campaign as (
         -- Locked, so that a campaign that ends at this moment takes this message back or keeps it from its queue.
         select g.ended_at from study.consent_campaign g
         join study.consent_campaign_person q using (study_id, number)
         where q.message_id = $1::uuid for share of g
       ), queued as (
         update study.message set status = 'queued', status_at = now(), made_by = $2::text, made_at = now(),
           undo_until = now() + make_interval(mins => $5::int),
           local_day = study.local_day(participant_id, now())
         where id = $1::uuid and status = 'draft' and not study.message_out_of_date(id, now())
           and not exists (select from campaign where ended_at is not null)
         returning template
       )
       select audit.note($2::text, 'message.send', $3::text, $4::text,
         jsonb_build_object('message', $1::uuid, 'template', template)), nextval('study.change_counter')
       from queued`,
      [id, by, participant, why, UNDO_MINUTES],
    );
    if (rowCount === 1) return true;
    if (await isStaleDraft(db, id)) throw new Refusal("template", OUT_OF_DATE);
    return false;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "23505") {
      throw new Refusal("template", "The same message goes out to them today already");
    }
    throw error;
  }
}

const OUT_OF_DATE =
  "What it says has changed since it was written, or it is a day old: write it anew";

async function isStaleDraft(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from study.message
     where id = $1::uuid and status = 'draft' and study.message_out_of_date(id, now())`,
    [id],
  );
  return rowCount === 1;
}

/** Takes a message back while it waits; false where it has gone on. */
export async function cancelMessage(
  db: Queryable,
  { id, participant }: Pick<Message, "id" | "participant">,
  { by, why }: Because,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with cancelled as (
       update study.message set status = 'cancelled', status_at = now(), status_reason = 'taken_back'
       where id = $1::uuid and status in ('queued', 'draft')
       returning id
     )
     select audit.note($2::text, 'message.cancel', $3::text, $4::text, jsonb_build_object('message', id)),
       nextval('study.change_counter')
     from cancelled`,
    [id, by, participant, why],
  );
  return rowCount === 1;
}

/** A person says what became of a message nobody knows about: it arrived, or it did not and may be written again. */
export async function resolveUnknown(
  db: Queryable,
  {
    id,
    participant,
    arrived,
  }: Pick<Message, "id" | "participant"> & Readonly<{ arrived: boolean }>,
  { by, why }: Because,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with resolved as (
       update study.message set status = case when $5::boolean then 'delivered' else 'cancelled' end,
         status_at = now(), status_reason = 'said_by_staff'
       where id = $1::uuid and status = 'unknown'
       returning id
     )
     select audit.note($2::text, 'message.resolve', $3::text, $4::text,
       jsonb_build_object('message', id, 'arrived', $5::boolean)), nextval('study.change_counter')
     from resolved`,
    [id, by, participant, why, arrived],
  );
  return rowCount === 1;
}
