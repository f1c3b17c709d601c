import { isSameZone } from "../sources/same-zone.ts";
import { noteAccountZone, readAccountZone } from "../sql/account-zone.ts";
import { moveParticipant } from "../sql/participant-changes.ts";
import type { Participant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { Refusal } from "../sql/refusal.ts";

/**
 * Lets the participant live by the zone their account tells, from the moment it tells another one. Null, where settings
 * are withheld, changes nothing; nor does a zone that was told before, so that what staff entered since stands. Moved
 * first and noted then: killed in between, the next run finds them there already.
 */
export async function followZone(
  db: Queryable,
  { id, shortId, timeZone: livedBy }: Participant,
  { source, told, now }: Readonly<{ source: string; told: string | null; now: Date }>,
): Promise<void> {
  if (told === null) return;
  const before = await readAccountZone(db, id, source);
  if (before === told) return;
  if (!isSameZone(livedBy, told)) {
    const because = { by: "participant", why: "time zone of the account" };
    try {
      await moveParticipant(db, { shortId, timeZone: told, from: now, at: now }, because);
    } catch (error) {
      // A move that staff entered for later stands; the account is asked again at the next run.
      if (error instanceof Refusal) return;
      throw error;
    }
  }
  await noteAccountZone(db, id, source, told);
}
