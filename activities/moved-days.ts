import { listMovedUnread } from "../sql/moved-days.ts";
import type { Queryable } from "../sql/pool.ts";
import { judgeParticipant } from "./judge-participant.ts";

/** Judges the days whose bounds a corrected zone has moved, of those whom no run judges any more. Run again it finds nobody. */
export async function judgeMoved(
  db: Queryable,
  now: Date,
): Promise<Readonly<{ participants: number; days: number }>> {
  const people = await listMovedUnread(db, now);
  let days = 0;
  for (const { id, days: touched } of people)
    days += (await judgeParticipant(db, id, { touched }, now)).changed.days;
  return { participants: people.length, days };
}
