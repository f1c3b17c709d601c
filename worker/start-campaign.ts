import type { Client } from "@temporalio/client";
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from "@temporalio/client";
import type { CampaignKey } from "../sql/consent-campaigns.ts";
import type { reconsentCampaign } from "../workflows/index.ts";
import { studyKey } from "./search-attributes.ts";
import { TASK_QUEUE } from "./task-queue.ts";

/** Id of a campaign's one workflow. */
export function campaignWorkflowId({ study, campaign }: CampaignKey): string {
  return `reconsent/${study}/${campaign}`;
}

/** Starts a campaign's workflow; one that runs or has ended well is left alone, so that asking twice is asking once. */
export async function startCampaign(
  client: Client,
  { study, campaign }: CampaignKey,
): Promise<void> {
  try {
    await client.workflow.start<typeof reconsentCampaign>("reconsentCampaign", {
      workflowId: campaignWorkflowId({ study, campaign }),
      taskQueue: TASK_QUEUE,
      args: [{ study, campaign }],
      workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
      workflowIdConflictPolicy: "USE_EXISTING",
      staticSummary: `Campaign ${campaign} of ${study}: asking for consent`,
      staticDetails:
        "Picks who never consented or whose grant lapsed, queues one invitation for each who may be written to, reminds once after a week, and ends when everybody has decided or after thirty days. It is stopped on the page of consents; ended by hand here, Wearflow starts it again while the campaign is open.",
      typedSearchAttributes: [{ key: studyKey, value: study }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Tells a campaign's workflow that it was stopped, so that it need not wait to find out. */
export async function tellCampaignStopped(client: Client, key: CampaignKey): Promise<void> {
  try {
    await client.workflow.getHandle(campaignWorkflowId(key)).signal("stopped");
  } catch (error) {
    // It has ended, or was never started.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
