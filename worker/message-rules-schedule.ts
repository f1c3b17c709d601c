import type { ScheduleOptions, ScheduleOptionsStartWorkflowAction } from "@temporalio/client";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import type { applyMessageRules } from "../workflows/index.ts";
import { TASK_QUEUE } from "./schedules.ts";

type StartRules = ScheduleOptionsStartWorkflowAction<typeof applyMessageRules>;

/** The rules' hourly turn. Not at start: whoever has just started looks first. */
export function messageRulesSchedule(): ScheduleOptions {
  return {
    scheduleId: "message-rules",
    spec: { calendars: [{ hour: "*", minute: 20, comment: "hourly" }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "10 minutes" },
    action: {
      type: "startWorkflow",
      workflowType: "applyMessageRules",
      workflowId: "message-rules",
      taskQueue: TASK_QUEUE,
      staticSummary: "Message rules: propose, and send where a study has switched that on",
    } satisfies StartRules,
    state: { note: "Made by Wearflow" },
  };
}
