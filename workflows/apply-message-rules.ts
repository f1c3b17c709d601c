import { proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** Each message is claimed on its own later: trying the whole again makes none of them twice. */
const { applyMessageRules: applyRules } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  retry: { initialInterval: "5 seconds", maximumInterval: "2 minutes", maximumAttempts: 5 },
});

export type RulesResult = Readonly<{
  queued: number;
  proposed: number;
  leftOut: number;
  held: number;
}>;

/** The rules of every study, once an hour: what they propose, and what those switched to sending have queued. */
export async function applyMessageRules(): Promise<RulesResult> {
  return applyRules();
}
