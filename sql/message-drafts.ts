import type { ContactDb } from "./contacts.ts";
import { readContactKey } from "./contacts.ts";
import type { MessageBody } from "./messages.ts";
import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** Hours after which a draft nobody sent is thrown away; study.message_out_of_date knows them, too. */
const DRAFT_HOURS = 24;

/** What the words of a message rest on: once it has changed they are no longer so, and it is not sent. */
export type RestsOn = Readonly<{
  /** The version of the contact card with the name, the address and the language. */
  card: string;
  /** The invitation it brings. */
  link?: string | null;
  /** The last sync it tells, null for none yet; left out where it tells none. */
  lastSync?: Date | null;
}>;

export type Draft = Readonly<{
  id: string;
  participantId: number;
  participant: string;
  template: string;
  version: string;
  language: string;
  approval: string;
  body: MessageBody;
  sha256: Buffer;
  restsOn: RestsOn;
}>;

/**
 * Keeps what was rendered, sealed under the participant's key, until somebody sends it or it is a day old; what lies
 * under this id already stays while it is so.
 */
export async function storeDraft(
  { db, cipher }: ContactDb,
  draft: Draft,
  { by, why }: Because,
): Promise<void> {
  const { id, participantId } = draft;
  const { card, link = null, lastSync } = draft.restsOn;
  const key = await readContactKey(db, participantId);
  if (key === null) throw new Refusal("template", "There is no address to write to");
  const owner = { participantId, about: `message:${id}` };
  const sealed = cipher.seal(JSON.stringify(draft.body), key, owner);
  await sweepDrafts(db, id);
  await db.query(
    `with made as (
       insert into study.message (id, participant_id, template, template_version, language, approval, local_day, status,
         made_by, made_at, status_at, card_version, link_id, tells_sync, told_sync_at)
       values ($1::uuid, $2::int, $3::text, $4::text, $5::text, $6::text, study.local_day($2::int, now()), 'draft',
         $7::text, now(), now(), $12::text, $13::uuid, $14::boolean, $15::timestamptz)
       on conflict (id) do nothing
       returning id
     ), body as (
       insert into pii.message_body (message_id, sealed, sha256) select id, $8::bytea, $9::bytea from made
     )
     select audit.note($7::text, 'message.draft', $10::text, $11::text, jsonb_build_object(
       'message', $1::uuid, 'template', $3::text, 'version', $4::text, 'sha256', encode($9::bytea, 'hex'),
       'fields_read', jsonb_build_array('name'))) from made`,
    [
      id,
      participantId,
      draft.template,
      draft.version,
      draft.language,
      draft.approval,
      by,
      sealed,
      draft.sha256,
      draft.participant,
      why,
      card,
      link,
      lastSync !== undefined,
      lastSync ?? null,
    ],
  );
}

/** Throws away what nobody sent for a day, and this one where its words are no longer so: it is kept anew. */
async function sweepDrafts(db: Queryable, id: string): Promise<void> {
  await db.query(
    `delete from study.message where status = 'draft' and (made_at < now() - make_interval(hours => $2::int)
       or (id = $1::uuid and study.message_out_of_date(id, now())))`,
    [id, DRAFT_HOURS],
  );
}
