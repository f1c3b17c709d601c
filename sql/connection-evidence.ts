import type { Refused } from "./connections.ts";
import { refuseConnection } from "./connections.ts";
import type { Queryable } from "./pool.ts";

type Found = Pick<Refused, "foundFrom" | "at">;

/**
 * A connection that answered again needs nobody's help any more; one that is closed for another reason stays so, and
 * one that lacks a permission goes on lacking it.
 */
export async function confirmConnection(
  db: Queryable,
  participantId: number,
  source: string,
  { foundFrom, at }: Found,
): Promise<void> {
  await db.query(
    `with restored as (
       select id, status = 'not_linked' or (status = 'scope_missing' and missing_permissions = '{}') as changes
       from study.connection
       where participant_id = $1::int and source = $2::text and status_since <= $4::timestamptz
     )
     update study.connection c set
       refused_since = null,
       status = case when not r.changes then c.status when missing_permissions = '{}' then 'active'
         else 'scope_missing' end,
       status_reason = case when not r.changes then c.status_reason
         when missing_permissions = '{}' then 'Heart rate can be read again'
         else 'Not granted: ' || array_to_string(missing_permissions, ', ') end,
       status_since = case when r.changes then $3::timestamptz else c.status_since end,
       status_checked_at = case when r.changes then $3::timestamptz else c.status_checked_at end
     from restored r
     where c.id = r.id and (r.changes or c.refused_since is not null)`,
    [participantId, source, at, foundFrom],
  );
}

/** For how long everything must be refused before it is believed that only a new consent helps. */
const BELIEVED_AFTER = "6 hours";

/**
 * The account was refused although its grant can be renewed. Noted at the first time and, where nothing was read in
 * between, believed six hours later; then it is a refusal like others, with the mass breaker before it. Where the same
 * run was told of the account's devices, not everything is refused: that is a fault of one data type's, and no consent
 * would mend it.
 */
export async function suspectConnection(
  db: Queryable,
  participantId: number,
  source: string,
  { foundFrom, at }: Found,
): Promise<"noted" | Awaited<ReturnType<typeof refuseConnection>>> {
  const { rows } = await db.query<{ believed: boolean }>(
    `update study.connection c set refused_since = case
       when exists (
         select from study.device d
         where d.participant_id = c.participant_id and d.source = c.source and d.last_seen_at >= $4::timestamptz) then null
       else coalesce(c.refused_since, $3::timestamptz) end
     where c.participant_id = $1::int and c.source = $2::text and c.status not in ('revoked', 'reconsent_needed')
       and c.status_since <= $4::timestamptz
     returning coalesce(c.refused_since <= $3::timestamptz - $5::interval, false) as believed`,
    [participantId, source, at, foundFrom, BELIEVED_AFTER],
  );
  if (rows[0]?.believed !== true) return "noted";
  return refuseConnection(db, participantId, source, {
    status: "reconsent_needed",
    reason: "Every request has been refused for hours although the grant can be renewed",
    foundFrom,
    at,
  });
}
