import type { Client } from "@temporalio/client";
import { ScheduleNotFoundError, WorkflowNotFoundError } from "@temporalio/client";
import type { withdrawParticipant } from "../workflows/index.ts";
import { ingestScheduleId } from "./schedules.ts";
import { studyKey } from "./search-attributes.ts";
import { TASK_QUEUE } from "./task-queue.ts";

type Person = Readonly<{ study: string; participant: string }>;

/** Starts what is left to do for who has withdrawn; where it is under way already, that is enough. */
export async function startWithdrawal(client: Client, person: Person): Promise<void> {
  const { study, participant } = person;
  await client.workflow.start<typeof withdrawParticipant>("withdrawParticipant", {
    workflowId: `withdraw/${study}/${participant}`,
    taskQueue: TASK_QUEUE,
    args: [{ study, participant }],
    workflowIdConflictPolicy: "USE_EXISTING",
    staticSummary: `${participant} of ${study} has withdrawn`,
    staticDetails:
      "Ends the runs, gives the grant back to the provider and, if that was asked for, erases everything measured and written. Safe to terminate: Wearflow starts it again until it is done.",
    typedSearchAttributes: [{ key: studyKey, value: study }],
  });
}

/**
 * Takes somebody's schedule away and ends the runs that are under way. A run's id is the schedule's with the time it
 * began, so that `S2-1` never means `S2-10` or `S2-1-B`.
 */
export async function endRuns(
  client: Client,
  { study, participant }: Person,
): Promise<Readonly<{ schedules: number; runs: number }>> {
  const id = ingestScheduleId({ study, shortId: participant });
  const schedules = await deleteSchedule(client, id);
  const isRun = (workflowId: string) => /^-\d{4}-\d\d-\d\dT/.test(workflowId.slice(id.length));
  // What its last run had filled on its own.
  let runs = await terminate(client, `impute/${study}/${participant}`);
  const query = `WorkflowId STARTS_WITH "${id}-" AND ExecutionStatus = "Running"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    if (!isRun(workflowId)) continue;
    runs += await terminate(client, workflowId, runId);
  }
  return { schedules, runs };
}

async function deleteSchedule(client: Client, id: string): Promise<number> {
  try {
    await client.schedule.getHandle(id).delete();
    return 1;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return 0;
    throw error;
  }
}

async function terminate(client: Client, workflowId: string, runId?: string): Promise<number> {
  try {
    await client.workflow.getHandle(workflowId, runId).terminate("the participant has left");
    return 1;
  } catch (error) {
    // It ended by itself a moment ago.
    if (error instanceof WorkflowNotFoundError) return 0;
    throw error;
  }
}
