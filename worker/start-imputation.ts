import type { Client } from "@temporalio/client";
import type { imputeParticipant } from "../workflows/index.ts";
import { studyKey } from "./search-attributes.ts";
import { TASK_QUEUE } from "./task-queue.ts";

/** Fills somebody's gaps from a local day on, as after an ingest; beside a run of theirs that is under way there is no other. */
export async function startImputation(
  client: Client,
  { participant, study }: Readonly<{ participant: string; study: string }>,
  since: string,
): Promise<void> {
  await client.workflow.start<typeof imputeParticipant>("imputeParticipant", {
    workflowId: `impute/${study}/${participant}`,
    taskQueue: TASK_QUEUE,
    args: [{ study, participant, since }],
    workflowIdConflictPolicy: "USE_EXISTING",
    staticSummary: `Gaps of ${participant} of ${study}, from ${since} on`,
    typedSearchAttributes: [{ key: studyKey, value: study }],
  });
}
