import type { Client } from "@temporalio/client";
import { WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import type { contactParticipant } from "../workflows/index.ts";
import { studyKey } from "./search-attributes.ts";
import { TASK_QUEUE } from "./task-queue.ts";

export type MessageOf = Readonly<{ id: string; participant: string; study: string }>;

/** Id of the one workflow of a message; ids of people and messages only. */
export function contactWorkflowId({ id, participant, study }: MessageOf): string {
  return `contact/${study}/${participant}/${id}`;
}

/** Starts a message's workflow; one that runs or has ended well is left alone, so that asking twice is asking once. */
export async function startContact(client: Client, message: MessageOf): Promise<void> {
  const { id, participant, study } = message;
  try {
    await client.workflow.start<typeof contactParticipant>("contactParticipant", {
      workflowId: contactWorkflowId(message),
      taskQueue: TASK_QUEUE,
      args: [{ study, participant, message: id }],
      workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
      workflowIdConflictPolicy: "USE_EXISTING",
      staticSummary: `Message to ${participant} of ${study}`,
      staticDetails:
        "Waits until it cannot be taken back and for the end of quiet hours, asks everything again, sends once, and looks at the effect after 24 and 48 hours. Ending it by hand sends nothing; Wearflow starts it again while the message is queued.",
      typedSearchAttributes: [{ key: studyKey, value: study }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Tells a message's workflow that it was taken back, so that it need not wait to find out. */
export async function tellTakenBack(client: Client, message: MessageOf): Promise<void> {
  await client.workflow.getHandle(contactWorkflowId(message)).signal("takenBack");
}
