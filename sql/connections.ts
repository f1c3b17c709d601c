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

/** Records a participant's consent: a new or replaced grant, and an active connection. */
export async function connect(
  db: Queryable,
  participantId: number,
  source: string,
  grant: NewGrant & Readonly<{ providerUserId: string }>,
): Promise<void> {
  await db.query(
    `insert into study.connection (participant_id, source, provider_user_id, granted_scopes, status,
       status_reason, status_since, token_key_id, token_ciphertext, access_expires_at, grant_expires_at)
     values ($1::int, $2::text, $3::text, $4::text[], 'active', 'consent given', now(), $5::text, $6::bytea,
       $7::timestamptz, $8::timestamptz)
     on conflict (participant_id, source) do update set
       provider_user_id = excluded.provider_user_id,
       granted_scopes = excluded.granted_scopes,
       status = 'active',
       status_reason = 'consent given again',
       status_since = now(),
       status_checked_at = null,
       token_key_id = excluded.token_key_id,
       token_ciphertext = excluded.token_ciphertext,
       token_version = connection.token_version + 1,
       access_expires_at = excluded.access_expires_at,
       grant_expires_at = excluded.grant_expires_at,
       refresh_lease_until = null`,
    [participantId, source, grant.providerUserId, [...grant.scopes], ...grantColumns(grant)],
  );
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

/** What a reading says of a connection, with its cause in words; `onlyFrom` leaves any other present state alone. */
export type ConnectionChange = Readonly<{
  status: ConnectionStatus;
  reason: string;
  /** When the reading began: a consent given since then is newer than what it found. */
  foundFrom: Date;
  at: Date;
  onlyFrom?: readonly ConnectionStatus[];
}>;

/** Changes a connection's state, but never one that was revoked; the same state again only notes when it was confirmed. */
export async function changeConnectionStatus(
  db: Queryable,
  participantId: number,
  source: string,
  { status, reason, foundFrom, at, onlyFrom }: ConnectionChange,
): Promise<void> {
  await db.query(
    `update study.connection
     set status = $3::text, status_reason = $4::text, status_checked_at = $5::timestamptz,
       status_since = case when status = $3::text then status_since else $5::timestamptz end
     where participant_id = $1::int and source = $2::text and status <> 'revoked'
       and status = any (coalesce($6::text[], array[status])) and status_since <= $7::timestamptz`,
    [participantId, source, status, reason, at, onlyFrom ?? null, foundFrom],
  );
}

function grantColumns({ sealed, accessExpiresAt, grantExpiresAt }: NewGrant): unknown[] {
  return [sealed.keyId, sealed.ciphertext, accessExpiresAt, grantExpiresAt];
}
