import { z } from "zod";
import type { ContactCipher, WrappedKey } from "./contact-cipher.ts";
import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** How a participant can be written to. */
export type Contact = Readonly<{
  name: string;
  email: string;
  language: string;
  emailConsent: boolean;
  doNotContact: boolean;
  doNotContactReason: string | null;
}>;

export type ContactDb = Readonly<{ db: Queryable; cipher: ContactCipher }>;

const Sealed = z.strictObject({ name: z.string(), email: z.string() });

/** A participant's contact card: what is kept, null where nothing is, and which state of it this is. */
export type ContactCard = Readonly<{
  contact: Contact | null;
  /** Changes with every change of the card, who wants no message included. */
  version: string;
  /** Everything of theirs is erased, or is about to be: nothing is kept of them again. */
  isErased: boolean;
}>;

/** The version of a card that is not there. */
const NO_CARD = "none";

type Row = Readonly<{
  version: string;
  isErased: boolean;
  keyId: string | null;
  wrapped: Buffer | null;
  sealed: Buffer | null;
  language: string;
  emailConsent: boolean;
  doNotContact: boolean;
  doNotContactReason: string | null;
}>;

/** A participant's contact data; null where none is kept, or it was erased. Whoever asks writes the audit. */
export async function readContact(deps: ContactDb, participantId: number): Promise<Contact | null> {
  return (await readCard(deps, participantId)).contact;
}

/** A participant's contact card with its version. Whoever asks writes the audit. */
export async function readCard(
  { db, cipher }: ContactDb,
  participantId: number,
): Promise<ContactCard> {
  const row = await readRow(db, participantId);
  if (row === null) return { contact: null, version: NO_CARD, isErased: false };
  const { version, isErased, keyId, wrapped, sealed, ...rest } = row;
  if (keyId === null || wrapped === null || sealed === null)
    return { contact: null, version, isErased };
  const text = cipher.open(sealed, { keyId, wrapped }, { participantId, about: "contact" });
  return { contact: { ...Sealed.parse(JSON.parse(text)), ...rest }, version, isErased };
}

/** The participant's own key, for what else lies under it; null where there is none or it was erased. */
export async function readContactKey(
  db: Queryable,
  participantId: number,
): Promise<WrappedKey | null> {
  const row = await readRow(db, participantId);
  if (row === null || row.keyId === null || row.wrapped === null) return null;
  return { keyId: row.keyId, wrapped: row.wrapped };
}

/** The time of the last change to the microsecond, which a Date cannot hold. */
const versionSql = (contact: string) => `extract(epoch from ${contact}.changed_at)::text`;

const erasedSql = (participant: string) =>
  `exists (select from study.withdrawal w where w.participant_id = ${participant} and w.wish = 'erase')`;

async function readRow(db: Queryable, participantId: number): Promise<Row | null> {
  const { rows } = await db.query<Row>(
    `select coalesce(${versionSql("c")}, $2::text) as version, ${erasedSql("p.id")} as "isErased",
       c.key_id as "keyId", c.wrapped_key as wrapped, c.sealed, coalesce(c.language, 'en') as language,
       coalesce(c.email_consent, false) as "emailConsent", coalesce(c.do_not_contact, false) as "doNotContact",
       c.do_not_contact_reason as "doNotContactReason"
     from study.participant p left join pii.contact c on c.participant_id = p.id where p.id = $1::int`,
    [participantId, NO_CARD],
  );
  return rows[0] ?? null;
}

export type ContactChange = Omit<Contact, "doNotContact" | "doNotContactReason"> &
  Readonly<{
    /** The version of the card that was changed; left out by who changes whatever is there. */
    basedOn?: string;
  }>;

type Person = Readonly<{ id: number; shortId: string }>;

/**
 * Keeps a participant's contact data. The audit says which fields changed, and fingerprints of them, never values.
 * Refuses a change of a card that somebody has changed meanwhile, and all of somebody who was erased.
 */
export async function saveContact(
  { db, cipher }: ContactDb,
  { id, shortId }: Person,
  { basedOn, ...after }: ContactChange,
  { by, why }: Because,
): Promise<void> {
  const { name, email, language, emailConsent } = after;
  const { contact: before, version } = await readCard({ db, cipher }, id);
  const key = (await readContactKey(db, id)) ?? cipher.createKey(id);
  const sealed = cipher.seal(JSON.stringify({ name, email }), key, {
    participantId: id,
    about: "contact",
  });
  const fields = (Object.keys(after) as (keyof typeof after)[]).filter(
    (field) => before?.[field] !== after[field],
  );
  const short = (value: string) => cipher.fingerprint(value).toString("hex").slice(0, 12);
  const detail = {
    fields,
    email_hmac: short(email),
    name_hmac: short(name),
    language,
    emailConsent,
  };
  try {
    const { rowCount } = await db.query(SAVE, [
      id,
      key.keyId,
      key.wrapped,
      sealed,
      cipher.fingerprint(email),
      language,
      emailConsent,
      by,
      shortId,
      why,
      JSON.stringify(detail),
      basedOn ?? version,
      NO_CARD,
    ]);
    if (rowCount === 0) throw await notSaved(db, id);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "23505") {
      throw new Refusal("email", "Another participant has this address");
    }
    throw error;
  }
}

async function notSaved(db: Queryable, participantId: number): Promise<Refusal> {
  const row = await readRow(db, participantId);
  return row?.isErased
    ? new Refusal("version", "Everything of theirs was to be erased: nothing is kept of them again")
    : new Refusal("version", "Somebody has changed this card meanwhile: look at it and try again");
}

const SAVE = `
with saved as (
  insert into pii.contact (participant_id, key_id, wrapped_key, sealed, email_hmac, language, email_consent, changed_at)
  select p.id, $2::text, $3::bytea, $4::bytea, $5::bytea, $6::text, $7::boolean, now()
  from study.participant p
  where p.id = $1::int and not ${erasedSql("p.id")}
    and ($12::text = $13::text or exists (select from pii.contact x where x.participant_id = p.id))
  on conflict (participant_id) do update set
    key_id = excluded.key_id, wrapped_key = excluded.wrapped_key, sealed = excluded.sealed,
    email_hmac = excluded.email_hmac, language = excluded.language, email_consent = excluded.email_consent,
    changed_at = now()
  where ${versionSql("contact")} = $12::text
  returning participant_id
)
select audit.note($8::text, 'contact.change', $9::text, $10::text, $11::jsonb) from saved`;

/** Whether this participant wants no message at all, and why; null takes it back. */
export async function setDoNotContact(
  db: Queryable,
  { id, shortId, reason }: Person & Readonly<{ reason: string | null }>,
  { by, why }: Because,
): Promise<void> {
  await db.query(
    `with changed as (
       insert into pii.contact (participant_id, do_not_contact, do_not_contact_reason, changed_at)
       values ($1::int, $2::text is not null, $2::text, now())
       on conflict (participant_id) do update set
         do_not_contact = excluded.do_not_contact, do_not_contact_reason = excluded.do_not_contact_reason,
         changed_at = now()
       where contact.do_not_contact_reason is distinct from excluded.do_not_contact_reason
       returning participant_id
     )
     select audit.note($3::text, case when $2::text is null then 'contact.allow' else 'contact.refuse' end, $4::text,
       $5::text, jsonb_strip_nulls(jsonb_build_object('do_not_contact', $2::text)))
     from changed`,
    [id, reason, by, shortId, why],
  );
}

/** Erases name, address and every stored message of a participant by deleting the key they lie under. */
export async function eraseContact(
  db: Queryable,
  { id, shortId }: Person,
  { by, why }: Because,
): Promise<void> {
  await db.query(
    `with erased as (
       update pii.contact set key_id = null, wrapped_key = null, sealed = null, email_hmac = null,
         email_consent = false, changed_at = now()
       where participant_id = $1::int and key_id is not null
       returning participant_id
     ), gone as (
       delete from pii.message_body b using study.message m, erased e
       where b.message_id = m.id and m.participant_id = e.participant_id
     )
     select audit.note($2::text, 'contact.erase', $3::text, $4::text, '{"fields": ["name", "email", "messages"]}')
     from erased`,
    [id, by, shortId, why],
  );
}
