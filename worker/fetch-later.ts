import type { Client } from "@temporalio/client";
import { ScheduleNotFoundError } from "@temporalio/client";
import type { Queryable } from "../sql/pool.ts";
import type { fetchNoticed } from "../workflows/index.ts";
import { fetchNow } from "./fetch-now.ts";
import { studyKey } from "./search-attributes.ts";
import { TASK_QUEUE } from "./task-queue.ts";

type Person = Readonly<{ study: string; shortId: string }>;

/** Has somebody read when it is their turn again: one run waits for it, whatever comes meanwhile. */
export async function fetchLater(client: Client, { study, shortId }: Person): Promise<void> {
  await client.workflow.signalWithStart<typeof fetchNoticed, []>("fetchNoticed", {
    workflowId: `noticed/${study}/${shortId}`,
    taskQueue: TASK_QUEUE,
    args: [{ study, participant: shortId }],
    signal: "noticed",
    staticSummary: `Fetch ${shortId} of ${study} after a notification`,
    staticDetails:
      "A notification came within 15 minutes of the reading for the one before: this waits for their end and triggers the schedule. Ended by hand, the daily run reads it.",
    typedSearchAttributes: [{ key: studyKey, value: study }],
  });
}

/** Triggers somebody's schedule; false where they have none, because they have left. */
export async function fetchIfScheduled(
  client: Client,
  db: Queryable,
  person: Person,
  at: Date,
): Promise<boolean> {
  try {
    await fetchNow(client, db, person, at);
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}
