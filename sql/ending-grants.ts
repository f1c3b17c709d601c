import type { Queryable } from "./pool.ts";

/** From so many days before its end on, a grant that ends by itself is shown to be about to. */
export const ENDING_WITHIN_DAYS = 14;

/**
 * When the grants of these end by themselves, by short id, where that is near or past and the provider has not refused
 * yet: at the time the provider said (seven days for a project that is not verified, or what the participant chose), or
 * six months after it was last used; an access token ends an hour after it was renewed.
 */
export async function readEndingGrants(
  db: Queryable,
  participants: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await db.query<{ participant: string; endsAt: Date }>(
    `select p.short_id as participant, min(e.ends_at) as "endsAt"
     from study.participant p
     join study.connection c on c.participant_id = p.id and c.token_ciphertext is not null
       and c.status not in ('reconsent_needed', 'revoked')
     cross join lateral (
       select least(c.grant_expires_at, c.access_expires_at + interval '6 months') as ends_at
     ) e
     where p.short_id = any ($1::text[]) and p.state in ('invited', 'active', 'paused')
       and e.ends_at < $2::timestamptz + make_interval(days => $3::int)
     group by p.short_id`,
    [participants, now, ENDING_WITHIN_DAYS],
  );
  return new Map(rows.map((row) => [row.participant, row.endsAt]));
}
