import type { Queryable } from "./pool.ts";

/** The time zone the account told of last; null where it never told one. */
export async function readAccountZone(
  db: Queryable,
  participantId: number,
  source: string,
): Promise<string | null> {
  const { rows } = await db.query<{ zone: string | null }>(
    `select account_time_zone as zone from study.connection
     where participant_id = $1::int and source = $2::text`,
    [participantId, source],
  );
  return rows[0]?.zone ?? null;
}

/** Keeps what the account told. */
export async function noteAccountZone(
  db: Queryable,
  participantId: number,
  source: string,
  timeZone: string,
): Promise<void> {
  await db.query(
    `update study.connection set account_time_zone = $3::text
     where participant_id = $1::int and source = $2::text and account_time_zone is distinct from $3::text`,
    [participantId, source, timeZone],
  );
}
