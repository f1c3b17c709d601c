import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import {
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  log,
  sleep,
} from "@temporalio/workflow";
import type { ImputeParticipant } from "./impute-participant.ts";
import { imputeParticipant } from "./impute-participant.ts";

/** How often another filling of the same person's gaps is waited for: half an hour in all, as long as one may take. */
const TURNS = 20;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 120_000;

/**
 * Fills the participant's gaps as a child of its own, which ops see and can run again. That it failed is its own business:
 * what was measured is stored and settled all the same. One that is under way, as when somebody asked for it, may have
 * read before this run stored: its end is waited for.
 */
export async function imputeAfter(input: ImputeParticipant): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    try {
      await executeChild(imputeParticipant, {
        workflowId: `impute/${input.study}/${input.participant}`,
        args: [input],
      });
      return;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        await sleep(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** turn));
        continue;
      }
      if (!(error instanceof ChildWorkflowFailure) || isCancellation(error)) throw error;
      break;
    }
  }
  log.warn("imputation failed; the next ingest tries again", { since: input.since });
}
