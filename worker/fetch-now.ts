import type { Client } from "@temporalio/client";
import { ScheduleOverlapPolicy, WorkflowNotFoundError } from "@temporalio/client";
import { noteFetchAsked } from "../sql/fetch-requests.ts";
import type { Participant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { ingestScheduleId } from "./schedules.ts";

/**
 * Triggers somebody's schedule: beside a run of theirs that is under way it waits for its end, once. A run that reads
 * days of long ago makes way. That somebody waits is noted first, so that the run goes ahead of everybody's daily one.
 */
export async function fetchNow(
  client: Client,
  db: Queryable,
  participant: Pick<Participant, "study" | "shortId">,
  at: Date,
): Promise<void> {
  await noteFetchAsked(db, participant.shortId, at);
  const handle = client.schedule.getHandle(ingestScheduleId(participant));
  const { info } = await handle.describe();
  for (const { workflow } of info.runningActions) await askToMakeWay(client, workflow.workflowId);
  await handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE);
}

async function askToMakeWay(client: Client, workflowId: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal("makeWay");
  } catch (error) {
    // It ended meanwhile.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
