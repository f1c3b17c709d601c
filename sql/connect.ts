import type { ConnectionStatus, NewGrant } from "./connections.ts";
import { grantColumns } from "./connections.ts";
import type { Queryable } from "./pool.ts";

/** A grant with whose account it is and what was left out of it. */
export type ConsentedGrant = NewGrant &
  Readonly<{
    /** Null where the account is not linked to the provider's own service yet. */
    providerUserId: string | null;
    legacyUserId?: string | null;
    /** Permissions the study asks for and the participant withheld. */
    missing?: readonly string[];
  }>;

/**
 * Records a participant's consent: a new or replaced grant, and what the connection is by it. A permission left out is
 * seen here and not by a later refusal, which would count as one. With a `link`, the invitation is used up in the same
 * statement and the participant's others end; false where it was not good any more, and then nothing is recorded.
 */
export async function connect(
  db: Queryable,
  participantId: number,
  source: string,
  grant: ConsentedGrant,
  link: Readonly<{ id: string; at: Date }> | null = null,
): Promise<boolean> {
  const { providerUserId, legacyUserId = null, missing = [], scopes } = grant;
  const { rowCount } = await db.query(
    `with spent as (
       update study.consent_link l set used_at = $14::timestamptz
       from study.participant p
       where l.id = $13::uuid and p.id = l.participant_id and p.id = $1::int and p.state <> 'withdrawn'
         and l.used_at is null and l.ended_at is null and l.expires_at > $14::timestamptz
       returning l.id
     ), others as (
       update study.consent_link o set ended_at = $14::timestamptz
       from spent
       where o.participant_id = $1::int and o.id <> spent.id and o.used_at is null and o.ended_at is null
     )
     insert into study.connection (participant_id, source, provider_user_id, provider_legacy_user_id,
       granted_scopes, missing_permissions, status, status_reason, status_since, token_key_id, token_ciphertext,
       access_expires_at, grant_expires_at)
     select $1::int, $2::text, $3::text, $4::text, $5::text[], $6::text[], $7::text, $8::text,
       coalesce($14::timestamptz, now()), $9::text, $10::bytea, $11::timestamptz, $12::timestamptz
     where $13::uuid is null or exists (select from spent)
     on conflict (participant_id, source) do update set
       provider_user_id = coalesce(excluded.provider_user_id, connection.provider_user_id),
       provider_legacy_user_id = coalesce(excluded.provider_legacy_user_id, connection.provider_legacy_user_id),
       granted_scopes = excluded.granted_scopes,
       missing_permissions = excluded.missing_permissions,
       status = excluded.status,
       status_reason = case excluded.status_reason when 'consent given' then 'consent given again'
         else excluded.status_reason end,
       status_since = excluded.status_since,
       status_checked_at = null,
       token_key_id = excluded.token_key_id,
       token_ciphertext = excluded.token_ciphertext,
       token_version = connection.token_version + 1,
       access_expires_at = excluded.access_expires_at,
       grant_expires_at = excluded.grant_expires_at,
       refused_since = null,
       refresh_lease_until = null`,
    [
      participantId,
      source,
      providerUserId,
      legacyUserId,
      [...scopes],
      [...missing],
      ...standingOf(providerUserId, missing),
      ...grantColumns(grant),
      link?.id ?? null,
      link?.at ?? null,
    ],
  );
  return rowCount === 1;
}

/** The state a connection has by its consent alone, and why. */
function standingOf(
  providerUserId: string | null,
  missing: readonly string[],
): readonly [ConnectionStatus, string] {
  if (providerUserId === null)
    return ["not_linked", "Consent given; the account is not linked to Google Health yet"];
  if (missing.length > 0) return ["scope_missing", `Not granted: ${missing.join(", ")}`];
  return ["active", "consent given"];
}

/**
 * The participant takes their grant back: nothing is kept that could read their data, and no later run finds
 * otherwise. False where there was none to take back.
 */
export async function revokeConnection(
  db: Queryable,
  participantId: number,
  source: string,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update study.connection set status = 'revoked', status_reason = 'Taken back by the participant',
       status_since = $3::timestamptz, status_checked_at = null, token_key_id = null, token_ciphertext = null,
       token_version = token_version + 1, access_expires_at = null, grant_expires_at = null,
       refresh_lease_until = null
     where participant_id = $1::int and source = $2::text and status <> 'revoked'`,
    [participantId, source, at],
  );
  return rowCount === 1;
}
