import type { ConnectionStatus } from "./connections.ts";
import type { Queryable } from "./pool.ts";

/** What a participant decided, or what came of it. */
export type ConsentHappening =
  | "denied"
  | "failed"
  | "account_in_use"
  | "other_account"
  | "granted"
  | "granted_partly"
  | "not_linked"
  | "old_grant_replaced"
  | "taken_back";

export type ConsentEvent = Readonly<{
  at: Date;
  what: ConsentHappening;
  missing: readonly string[];
}>;

/** Appends what happened, and tells the pages. */
export async function noteConsent(
  db: Queryable,
  event: Readonly<{
    participantId: number;
    linkId: string | null;
    at: Date;
    what: ConsentHappening;
    missing?: readonly string[];
  }>,
): Promise<void> {
  const { participantId, linkId, at, what, missing = [] } = event;
  await db.query(
    `with noted as (
       insert into study.consent_event (participant_id, link_id, at, what, missing)
       values ($1::int, $2::uuid, $3::timestamptz, $4::text, $5::text[])
       returning id
     )
     select nextval('study.change_counter') from noted`,
    [participantId, linkId, at, what, [...missing]],
  );
}

/** What happened to a participant's consent, newest first. */
export async function listConsentEvents(
  db: Queryable,
  participantId: number,
  limit: number,
): Promise<ConsentEvent[]> {
  const { rows } = await db.query<ConsentEvent>(
    `select at, what, missing from study.consent_event
     where participant_id = $1::int order by at desc, id desc limit $2::int`,
    [participantId, limit],
  );
  return rows;
}

/** A participant's grant as far as pages may know it: whose account, what was left out, when it ends by itself. */
export type GrantStanding = Readonly<{
  providerUserId: string | null;
  legacyUserId: string | null;
  status: ConnectionStatus;
  since: Date;
  missing: readonly string[];
  /** When the provider ends it unless consent is given again; null where nothing is granted. */
  endsAt: Date | null;
}>;

/**
 * How a participant's grant stands; null where there was none. It ends when the provider said so, or six months after
 * it was last used: an access token ends an hour after it was renewed.
 */
export async function readStanding(
  db: Queryable,
  participantId: number,
  source: string,
): Promise<GrantStanding | null> {
  const { rows } = await db.query<GrantStanding>(
    `select provider_user_id as "providerUserId", provider_legacy_user_id as "legacyUserId", status,
       status_since as since, missing_permissions as missing,
       case when token_ciphertext is not null
         then least(grant_expires_at, access_expires_at + interval '6 months') end as "endsAt"
     from study.connection where participant_id = $1::int and source = $2::text`,
    [participantId, source],
  );
  return rows[0] ?? null;
}

/** Whether another participant of the same study, who has not left it, is connected by this account. */
export async function isAccountInUse(
  db: Queryable,
  participantId: number,
  source: string,
  providerUserId: string,
): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from study.connection c
     join study.participant other on other.id = c.participant_id
     join study.participant me on me.id = $1::int and me.study_id = other.study_id and me.id <> other.id
     where c.source = $2::text and c.provider_user_id = $3::text and c.status <> 'revoked'
       and other.state not in ('withdrawn', 'completed')
     limit 1`,
    [participantId, source, providerUserId],
  );
  return rows.length > 0;
}

/** Somebody whose grant can be used, the one named or the one who consented last; null where there is none. */
export async function findReadable(
  db: Queryable,
  source: string,
  shortId: string | null,
): Promise<Readonly<{ id: number; shortId: string }> | null> {
  const { rows } = await db.query<{ id: number; shortId: string }>(
    `select p.id, p.short_id as "shortId" from study.connection c
     join study.participant p on p.id = c.participant_id
     where c.source = $1::text and c.token_ciphertext is not null and ($2::text is null or p.short_id = $2::text)
     order by c.status_since desc limit 1`,
    [source, shortId],
  );
  return rows[0] ?? null;
}

/** How many accounts are connected. */
export async function countConnected(db: Queryable, source: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from study.connection where source = $1::text and token_ciphertext is not null`,
    [source],
  );
  return rows[0]?.n ?? 0;
}
