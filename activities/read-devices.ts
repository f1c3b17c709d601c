import { Context } from "@temporalio/activity";
import type { DeviceReply } from "../sources/source.ts";
import { storeDevices } from "../sql/devices.ts";
import type { Participant } from "../sql/participants.ts";
import { announceChange } from "../sql/participants.ts";
import { noteFetches, quarantineReply } from "../sql/quarantine.ts";
import { followZone } from "./follow-zone.ts";
import type { IngestPlan } from "./ingest.ts";
import type { IngestDeps } from "./read-windows.ts";
import { keepingReplies } from "./read-windows.ts";
import { answersElsewhere, isUnanswered, PATIENCE } from "./unanswered.ts";
import { workflowRunId } from "./workflow-run-id.ts";

/** Attempts of a plan in a row whose devices or settings were not answered, kept in the heartbeat. */
export type PlanTries = Readonly<{ unanswered: number }>;

type DevicesRead = Pick<IngestPlan, "devicesUnread" | "unread">;

/**
 * Stores what is paired, when it synced and where the account lives. A reply that does not fit is kept instead. Settings
 * or devices that alone are not answered are left out after some attempts; an outage of the whole source is thrown on.
 */
export async function readDevices(
  deps: IngestDeps,
  person: Participant,
  note: (tries: PlanTries) => void,
): Promise<DevicesRead> {
  const before: PlanTries | undefined = Context.current().info.heartbeatDetails;
  try {
    return { devicesUnread: !(await ask(deps, person, false)) };
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    const unanswered = (before?.unanswered ?? 0) + 1;
    note({ unanswered });
    if (unanswered < PATIENCE) throw error;
    const silent = await whichIsSilent(deps, person);
    if (silent === null) throw error;
    return { devicesUnread: true, unread: `${silent}: ${error.name}` };
  }
}

/** What is left out, with the devices stored where they answer; null where the source answers nothing at all. */
async function whichIsSilent(deps: IngestDeps, person: Participant): Promise<string | null> {
  try {
    return (await ask(deps, person, true)) ? "settings" : "devices, settings";
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    return (await answersElsewhere(deps, person, null)) ? "devices" : null;
  }
}

async function ask(deps: IngestDeps, person: Participant, alone: boolean): Promise<boolean> {
  const { grants, source } = deps;
  const reply = await keepingReplies(deps, person, null, () =>
    grants.withAccessToken(person.id, (token) => source.fetchDevices(token, { alone })),
  );
  if (reply === null) return false;
  await storeReply(deps, person, reply);
  return true;
}

async function storeReply(
  { db, source, clock }: IngestDeps,
  person: Participant,
  reply: DeviceReply,
): Promise<void> {
  const seenAt = clock();
  await storeDevices(db, person.id, source.name, { devices: reply.devices, seenAt });
  await noteFetches(db, person.id, workflowRunId(), reply.provenance);
  for (const rejected of reply.rejected) {
    await quarantineReply(db, { participantId: person.id, seriesId: null, seenAt, ...rejected });
  }
  const told = reply.settings?.timeZone ?? null;
  await followZone(db, person, { source: source.name, told, now: seenAt });
  await announceChange(db);
}
