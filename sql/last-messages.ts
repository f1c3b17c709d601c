import type { Message } from "./messages.ts";
import type { Queryable } from "./pool.ts";

/** The newest message to somebody, as a list shows it. */
export type LastMessage = Pick<Message, "participant" | "status" | "mailer" | "madeAt">;

/** The newest message to each of these, by short id; drafts nobody sent do not count. */
export async function readLastMessages(
  db: Queryable,
  participants: readonly string[],
): Promise<ReadonlyMap<string, LastMessage>> {
  const { rows } = await db.query<LastMessage>(
    `select p.short_id as participant, m.status, m.mailer, m.made_at as "madeAt"
     from unnest($1::text[]) as shown (short_id)
     join study.participant p on p.short_id = shown.short_id
     cross join lateral (
       select m.status, m.mailer, m.made_at from study.message m
       where m.participant_id = p.id and m.status <> 'draft'
       order by m.made_at desc limit 1
     ) m`,
    [participants],
  );
  return new Map(rows.map((row) => [row.participant, row]));
}
