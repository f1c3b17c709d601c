import type { Queryable } from "./pool.ts";

/** Notes that somebody waits for this participant's data: their next run goes ahead of the others. */
export async function noteFetchAsked(db: Queryable, shortId: string, at: Date): Promise<void> {
  await db.query(
    "update study.participant set fetch_asked_at = $2::timestamptz where short_id = $1::text",
    [shortId, at],
  );
}

/** Whether somebody has asked since the last finished run began. */
export async function isFetchAsked(db: Queryable, participantId: number): Promise<boolean> {
  const { rows } = await db.query<{ asked: boolean }>(
    `select p.fetch_asked_at > coalesce(
         (select max(r.started_at) from study.ingest_run r where r.participant_id = p.id), '-infinity') as asked
     from study.participant p where p.id = $1::int`,
    [participantId],
  );
  return rows[0]?.asked === true;
}
