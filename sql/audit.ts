import type { Queryable } from "./pool.ts";

/** One thing somebody did. `detail` holds field names, counts and hashes: never a name, an address or a value. */
export type AuditEntry = Readonly<{
  /** Who: a member of staff's login, or the command that acted. */
  actor: string;
  /** What, as `noun.verb`: participant.pause. */
  action: string;
  /** To whom or what: a short id, a study's slug. */
  entity: string;
  /** Why, in the actor's words. */
  reason: string;
  detail?: Readonly<Record<string, unknown>>;
}>;

/** Appends to the audit; the database numbers, times and chains the row. */
export async function writeAudit(db: Queryable, entry: AuditEntry): Promise<void> {
  await db.query(
    `insert into audit.entry (seq, at, actor, action, entity, reason, detail, hash)
     values (0, now(), $1::text, $2::text, $3::text, $4::text, $5::jsonb, '')`,
    [entry.actor, entry.action, entry.entity, entry.reason, JSON.stringify(entry.detail ?? {})],
  );
}
