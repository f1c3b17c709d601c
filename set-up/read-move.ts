import { readKnown } from "../sql/enrolment.ts";
import type { Queryable } from "../sql/pool.ts";
import { Refusal } from "../sql/refusal.ts";
import { zoneFault } from "./judge-participants.ts";

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const YEAR_MS = 366 * 86_400_000;

/** A move as people write it, checked: a time zone, and from when, or null for now. */
export async function readMove(
  db: Queryable,
  { timeZone, from, now }: Readonly<{ timeZone: string; from: string; now: Date }>,
): Promise<Readonly<{ timeZone: string; from: Date | null }>> {
  const known = await readKnown(db, { shortIds: [], timeZones: [timeZone] });
  const fault = zoneFault(timeZone, known.timeZones);
  if (fault) throw new Refusal("timeZone", `${fault.what}; ${fault.todo}`);
  if (from === "") return { timeZone, from: null };
  const at = INSTANT.test(from) ? new Date(from) : new Date(Number.NaN);
  if (Number.isNaN(at.getTime())) {
    throw new Refusal(
      "from",
      "must be an instant with its offset, such as 2026-11-25T18:00+01:00, or empty for now",
    );
  }
  if (Math.abs(at.getTime() - now.getTime()) > YEAR_MS) {
    throw new Refusal("from", "must be within a year of today");
  }
  return { timeZone, from: at };
}
