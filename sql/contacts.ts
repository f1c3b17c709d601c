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

type Row = Readonly<{
  keyId: string | null;
  wrapped: Buffer | null;
  sealed: Buffer | null;
  language: string;
  emailConsent: boolean;
  doNotContact: boolean;
  doNotContactReason: string | null;
}>;

/** A participant's contact data; null where none is kept, or it was erased. Whoever asks writes the audit. */
export async function readContact(
  { db, cipher }: ContactDb,
  participantId: number,
): Promise<Contact | null> {
  const row = await readRow(db, participantId);
  if (row === null) return null;
  const { keyId, wrapped, sealed, ...rest } = row;
  if (keyId === null || wrapped === null || sealed === null) return null;
  const text = cipher.open(sealed, { keyId, wrapped }, { participantId, about: "contact" });
  return { ...Sealed.parse(JSON.parse(text)), ...rest };
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

async function readRow(db: Queryable, participantId: number): Promise<Row | null> {
  const { rows } = await db.query<Row>(
    `select key_id as "keyId", wrapped_key as wrapped, sealed, language, email_consent as "emailConsent",
       do_not_contact as "doNotContact", do_not_contact_reason as "doNotContactReason"
     from pii.contact where participant_id = $1::int`,
    [participantId],
  );
  return rows[0] ?? null;
}

export type ContactChange = Omit<Contact, "doNotContact" | "doNotContactReason">;

type Person = Readonly<{ id: number; shortId: string }>;

/** Keeps a participant's contact data. The audit says which fields changed, and fingerprints of them, never values. */
export async function saveContact(
  { db, cipher }: ContactDb,
  { id, shortId }: Person,
  { name, email, language, emailConsent }: ContactChange,
  { by, why }: Because,
): Promise<void> {
  const before = await readContact({ db, cipher }, id);
  const key = (await readContactKey(db, id)) ?? cipher.createKey(id);
  const sealed = cipher.seal(JSON.stringify({ name, email }), key, {
    participantId: id,
    about: "contact",
  });
  const after = { name, email, language, emailConsent };
  const fields = (Object.keys(after) as (keyof ContactChange)[]).filter(
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
    await db.query(SAVE, [
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
    ]);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "23505") {
      throw new Refusal("email", "Another participant has this address");
    }
    throw error;
  }
}

const SAVE = `
with saved as (
  insert into pii.contact (participant_id, key_id, wrapped_key, sealed, email_hmac, language, email_consent, changed_at)
  values ($1::int, $2::text, $3::bytea, $4::bytea, $5::bytea, $6::text, $7::boolean, now())
  on conflict (participant_id) do update set
    key_id = excluded.key_id, wrapped_key = excluded.wrapped_key, sealed = excluded.sealed,
    email_hmac = excluded.email_hmac, language = excluded.language, email_consent = excluded.email_consent,
    changed_at = now()
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
