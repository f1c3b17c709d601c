import type { ContactCipher } from "./contact-cipher.ts";
import { readContact } from "./contacts.ts";
import type { Queryable } from "./pool.ts";
import type { TokenCipher } from "./token-cipher.ts";

export type RotationDeps = Readonly<{
  db: Queryable;
  tokens: TokenCipher;
  contacts: ContactCipher;
}>;

/** What was put under the key of today, and what is still under another: changed meanwhile, or under a key that is lost. */
export type Rotated = Readonly<{ tokens: number; contacts: number; left: number }>;

const AT_ONCE = 200;

/**
 * Puts every token and every key of a participant's contact data under the key of today. Safe beside everything else and
 * at any number of times: a row that somebody changed meanwhile is not overwritten.
 */
export async function rotateKeys(deps: RotationDeps): Promise<Rotated> {
  const tokens = await inPieces((after) => rotateTokens(deps, after));
  const contacts = await inPieces((after) => rotateContacts(deps, after));
  const { db } = deps;
  const { rows } = await db.query<{ left: number }>(
    `select (select count(*) from study.connection where token_key_id <> $1::text)::int
       + (select count(*) from pii.contact where key_id <> $2::text)::int as left`,
    [deps.tokens.keyId, deps.contacts.keyId],
  );
  return { tokens, contacts, left: rows[0]?.left ?? 0 };
}

type Piece = Readonly<{ changed: number; last: number | null }>;

async function inPieces(work: (after: number) => Promise<Piece>): Promise<number> {
  let changed = 0;
  for (let after: number | null = 0; after !== null; ) {
    const piece: Piece = await work(after);
    changed += piece.changed;
    after = piece.last;
  }
  return changed;
}

type TokenRow = Readonly<{ id: number; participantId: number; keyId: string; ciphertext: Buffer }>;

async function rotateTokens({ db, tokens }: RotationDeps, after: number): Promise<Piece> {
  const { rows } = await db.query<TokenRow>(
    `select id, participant_id as "participantId", token_key_id as "keyId", token_ciphertext as ciphertext
     from study.connection where token_key_id <> $1::text and id > $2::int order by id limit $3::int`,
    [tokens.keyId, after, AT_ONCE],
  );
  const sealed = rows.flatMap((row) => {
    const grant = openOrNull(() => tokens.open(row, row.participantId));
    return grant === null ? [] : [{ row, fresh: tokens.seal(grant, row.participantId) }];
  });
  const { rowCount } = await db.query(
    `update study.connection c set token_key_id = $1::text, token_ciphertext = n.fresh
     from unnest($2::int[], $3::bytea[], $4::bytea[]) as n (id, old, fresh)
     where c.id = n.id and c.token_ciphertext = n.old`,
    [
      tokens.keyId,
      sealed.map(({ row }) => row.id),
      sealed.map(({ row }) => row.ciphertext),
      sealed.map(({ fresh }) => fresh.ciphertext),
    ],
  );
  return { changed: rowCount ?? 0, last: rows.at(-1)?.id ?? null };
}

type ContactRow = Readonly<{ participantId: number; keyId: string; wrapped: Buffer }>;

async function rotateContacts({ db, contacts }: RotationDeps, after: number): Promise<Piece> {
  const { rows } = await db.query<ContactRow>(
    `select participant_id as "participantId", key_id as "keyId", wrapped_key as wrapped
     from pii.contact where key_id <> $1::text and participant_id > $2::int order by participant_id limit $3::int`,
    [contacts.keyId, after, AT_ONCE],
  );
  const rewrapped: { row: ContactRow; fresh: Buffer; hmac: Buffer | null }[] = [];
  for (const row of rows) {
    const fresh = openOrNull(() => contacts.rewrap(row, row.participantId));
    if (fresh === null) continue;
    // The look-up value of an address is made with the key too.
    const contact = await readContact({ db, cipher: contacts }, row.participantId);
    const hmac = contact === null ? null : contacts.fingerprint(contact.email);
    rewrapped.push({ row, fresh: fresh.wrapped, hmac });
  }
  const { rowCount } = await db.query(
    `update pii.contact c set key_id = $1::text, wrapped_key = n.fresh, email_hmac = n.hmac
     from unnest($2::int[], $3::bytea[], $4::bytea[], $5::bytea[]) as n (id, old, fresh, hmac)
     where c.participant_id = n.id and c.wrapped_key = n.old`,
    [
      contacts.keyId,
      rewrapped.map(({ row }) => row.participantId),
      rewrapped.map(({ row }) => row.wrapped),
      rewrapped.map(({ fresh }) => fresh),
      rewrapped.map(({ hmac }) => hmac),
    ],
  );
  return { changed: rowCount ?? 0, last: rows.at(-1)?.participantId ?? null };
}

/** Null for what no key at hand opens: it is left as it is and counted. */
function openOrNull<Opened>(open: () => Opened): Opened | null {
  try {
    return open();
  } catch {
    return null;
  }
}
