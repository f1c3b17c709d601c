import { proxyActivities, setCurrentDetails } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** Filling is our own work on our own database: what three tries do not cure waits for the next ingest. */
const { imputeGaps } = proxyActivities<Activities>({
  startToCloseTimeout: "30 minutes",
  heartbeatTimeout: "20 seconds",
  retry: { initialInterval: "2 seconds", maximumInterval: "1 minute", maximumAttempts: 3 },
});

type ImputeGaps = Parameters<Activities["imputeGaps"]>[0];
export type ImputeParticipant = ImputeGaps & Readonly<{ study: string }>;
export type ImputeResult = Awaited<ReturnType<Activities["imputeGaps"]>>;

/** Fills one participant's gaps from a local day on. A child of ingestParticipant, or started by hand for one participant. */
export async function imputeParticipant({
  participant,
  since,
}: ImputeParticipant): Promise<ImputeResult> {
  setCurrentDetails(`Filling gaps from ${since} on.`);
  const result = await imputeGaps({ participant, since });
  setCurrentDetails(
    `${result.changed} of ${result.days} days read something new: ${result.imputed} minutes imputed, ${result.retired} retired.`,
  );
  return result;
}
