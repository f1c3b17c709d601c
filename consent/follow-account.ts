import { isSameZone } from "../sources/same-zone.ts";
import type { ConsentLink } from "../sql/consent-links.ts";
import { storeDevices } from "../sql/devices.ts";
import { moveParticipant } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import type { ConsentDeps } from "./flow.ts";

/**
 * Looks at once at what is paired and which zone the account lives by, so that a page can say so. What cannot be read
 * now is read by the first run: a consent never fails by it.
 */
export async function followAccount(
  { db, source, clock, log }: ConsentDeps,
  { participantId, shortId }: ConsentLink,
  accessToken: string,
): Promise<void> {
  try {
    const { devices, settings } = await source.fetchDevices(accessToken);
    await storeDevices(db, participantId, source.name, { devices, seenAt: clock() });
    const person = await findParticipant(db, shortId);
    const timeZone = settings?.timeZone ?? null;
    if (person === null || timeZone === null || isSameZone(person.timeZone, timeZone)) return;
    const because = { by: "participant", why: "time zone of the account at consent" };
    await moveParticipant(db, { shortId, timeZone, from: null, at: clock() }, because);
  } catch (error) {
    const name = error instanceof Error ? error.name : "?";
    log.warn({ error: name }, "devices and zone were not read at consent");
  }
}
