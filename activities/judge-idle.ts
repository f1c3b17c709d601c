import { OPEN_STATES } from "../adherence/day-state.ts";
import { listIdle } from "../sql/days-to-judge.ts";
import type { Queryable } from "../sql/pool.ts";
import { judgeParticipant } from "./judge-participant.ts";

/**
 * Judges the days of those whom no run judges any more: who has paused or left and still has open days, and whoever is
 * paused once a day for the day that began. Run again it finds nobody.
 */
export async function judgeIdle(
  db: Queryable,
  now: Date,
): Promise<Readonly<{ participants: number; days: number }>> {
  const idle = await listIdle(db, OPEN_STATES, now);
  let days = 0;
  for (const id of idle)
    days += (await judgeParticipant(db, id, { touched: [] }, now)).changed.days;
  return { participants: idle.length, days };
}
