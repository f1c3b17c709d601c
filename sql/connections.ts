import type { Queryable } from "./pool.ts";
import type { SealedGrant } from "./token-cipher.ts";

export type ConnectionStatus =
  | "active"
  | "scope_missing"
  | "reconsent_needed"
  | "not_linked"
  | "revoked";

export type Connection = Readonly<{
  status: ConnectionStatus;
  sealed: SealedGrant | null;
  tokenVersion: number;
  accessExpiresAt: Date | null;
  /** When the provider last confirmed the status; null where consent set it. */
  checkedAt: Date | null;
}>;

type Row = Readonly<{
  status: ConnectionStatus;
  keyId: string | null;
  ciphertext: Buffer | null;
  tokenVersion: number;
  accessExpiresAt: Date | null;
  checkedAt: Date | null;
}>;

export type NewGrant = Readonly<{
  sealed: SealedGrant;
  scopes: readonly string[];
  accessExpiresAt: Date;
  grantExpiresAt: Date | null;
}>;

/** The participant's connection to a source, or null where nobody has consented yet. */
export async function readConnection(
  db: Queryable,
  participantId: number,
  source: string,
): Promise<Connection | null> {
  const { rows } = await db.query<Row>(
    `select status, token_key_id as "keyId", token_ciphertext as ciphertext,
       token_version as "tokenVersion", access_expires_at as "accessExpiresAt", status_checked_at as "checkedAt"
     from study.connection where participant_id = $1::int and source = $2::text`,
    [participantId, source],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { keyId, ciphertext, ...rest } = row;
  return { ...rest, sealed: keyId === null || ciphertext === null ? null : { keyId, ciphertext } };
}

/** Whether the caller may refresh now: one caller per version and lease period wins. */
export async function leaseRefresh(
  db: Queryable,
  participantId: number,
  source: string,
  lease: Readonly<{ tokenVersion: number; seconds: number }>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update study.connection
     set refresh_lease_until = now() + make_interval(secs => $4::float8)
     where participant_id = $1::int and source = $2::text and token_version = $3::int
       and (refresh_lease_until is null or refresh_lease_until < now())`,
    [participantId, source, lease.tokenVersion, lease.seconds],
  );
  return rowCount === 1;
}

/** Gives the lease back unused, so that the next caller need not wait for its end. */
export async function releaseRefresh(
  db: Queryable,
  participantId: number,
  source: string,
  tokenVersion: number,
): Promise<void> {
  await db.query(
    `update study.connection set refresh_lease_until = null
     where participant_id = $1::int and source = $2::text and token_version = $3::int`,
    [participantId, source, tokenVersion],
  );
}

/** Stores a refreshed grant if nobody stored a newer one; false tells the caller to read again. */
export async function storeRefreshed(
  db: Queryable,
  participantId: number,
  source: string,
  grant: NewGrant & Readonly<{ tokenVersion: number }>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update study.connection set
       granted_scopes = $4::text[],
       token_key_id = $5::text,
       token_ciphertext = $6::bytea,
       access_expires_at = $7::timestamptz,
       grant_expires_at = $8::timestamptz,
       token_version = token_version + 1,
       refresh_lease_until = null
     where participant_id = $1::int and source = $2::text and token_version = $3::int`,
    [participantId, source, grant.tokenVersion, [...grant.scopes], ...grantColumns(grant)],
  );
  return rowCount === 1;
}

/** What a source's refusal says of a connection, with its cause in words. */
export type Refused = Readonly<{
  status: Exclude<ConnectionStatus, "active" | "revoked">;
  reason: string;
  /** When the reading began: a consent given since then is newer than what it found. */
  foundFrom: Date;
  at: Date;
}>;

/** More refusals within an hour than this, and than this share of a study's active connections, are nobody's own. */
const MASS = { count: 5, share: 0.02 } as const;

/**
 * Changes a connection's state after a refusal, but never one that was revoked; the same state again only notes when
 * it was confirmed. "held": too many of the study came at once, so none of the last hour holds and ops must look.
 */
export async function refuseConnection(
  db: Queryable,
  participantId: number,
  source: string,
  { status, reason, foundFrom, at }: Refused,
): Promise<"changed" | "unchanged" | "held"> {
  const { rows } = await db.query<{ what: "changed" | "unchanged" | "held" }>(
    `select study.refuse_connection($1::int, $2::text, $3::text, $4::text, $5::timestamptz, $6::timestamptz,
       $7::int, $8::float8) as what`,
    [participantId, source, status, reason, foundFrom, at, MASS.count, MASS.share],
  );
  return rows[0]?.what ?? "unchanged";
}

/** Key id, ciphertext and the two ends of a grant, as the columns have them. */
export function grantColumns({ sealed, accessExpiresAt, grantExpiresAt }: NewGrant): unknown[] {
  return [sealed.keyId, sealed.ciphertext, accessExpiresAt, grantExpiresAt];
}
