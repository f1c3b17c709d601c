import type { Client } from "@temporalio/client";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import type { Participant } from "../sql/participants.ts";
import { ingestScheduleId } from "./schedules.ts";

/** Triggers somebody's schedule: beside a run of theirs that is under way it waits for its end, once. */
export async function fetchNow(
  client: Client,
  participant: Pick<Participant, "study" | "shortId">,
): Promise<void> {
  const handle = client.schedule.getHandle(ingestScheduleId(participant));
  await handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE);
}
