import { ChildWorkflowFailure, executeChild, isCancellation, log } from "@temporalio/workflow";
import type { ImputeParticipant } from "./impute-participant.ts";
import { imputeParticipant } from "./impute-participant.ts";

/**
 * Fills the participant's gaps as a child of its own, which ops see and can run again. That it failed is its own business:
 * what was measured is stored and settled all the same.
 */
export async function imputeAfter(input: ImputeParticipant): Promise<void> {
  try {
    await executeChild(imputeParticipant, {
      workflowId: `impute/${input.study}/${input.participant}`,
      args: [input],
    });
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure) || isCancellation(error)) throw error;
    log.warn("imputation failed; the next ingest tries again", { since: input.since });
  }
}
