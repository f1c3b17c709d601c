import { Context } from "@temporalio/activity";

/** The run an activity works for; provenance names it. */
export function workflowRunId(): string {
  return Context.current().info.workflowExecution?.runId ?? "no workflow";
}
