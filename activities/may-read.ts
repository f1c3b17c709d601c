import type { ConnectionStatus } from "../sql/connections.ts";
import { readConnection } from "../sql/connections.ts";
import { hasOpenDays } from "../sql/ledger.ts";
import type { Participant } from "../sql/participants.ts";
import { mayStillBeRead } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";

/** Why nothing is fetched, in fixed words. */
export type Skip = Readonly<{ outcome: "skipped" | "not_authorised"; why: string }>;

/** An account that was not linked may have been linked since: asked again once this time has passed. */
const ASK_UNLINKED_AGAIN_MS = 20 * 3_600_000;

/** Connections that only the participant can mend: nothing is asked of the provider with them. */
const CLOSED: ReadonlySet<ConnectionStatus> = new Set(["revoked", "reconsent_needed"]);

/**
 * Whether the participant may be read at this moment, or why not. Asked before every stretch of reading, because a
 * run may wait for hours and withdrawing must end it.
 */
export async function whyNotRead(
  db: Queryable,
  person: Participant,
  source: string,
  now: Date,
): Promise<Skip | null> {
  if (!mayStillBeRead(person, now)) return skipped(`participant is ${person.state}`);
  if (person.state === "completed" && !(await hasOpenDays(db, person.id, source)))
    return skipped("participant is completed and every day is final");
  const connection = await readConnection(db, person.id, source);
  if (connection === null) return notAuthorised("no consent yet");
  const { status, checkedAt } = connection;
  const askedLately =
    checkedAt !== null && now.getTime() - checkedAt.getTime() < ASK_UNLINKED_AGAIN_MS;
  if (CLOSED.has(status) || (status === "not_linked" && askedLately))
    return notAuthorised(`connection is ${status}`);
  return null;
}

const skipped = (why: string): Skip => ({ outcome: "skipped", why });
const notAuthorised = (why: string): Skip => ({ outcome: "not_authorised", why });
