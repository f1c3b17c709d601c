import type { ScheduleOptions, ScheduleOptionsStartWorkflowAction } from "@temporalio/client";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import type { applyMessageRules, dailyDigest } from "../workflows/index.ts";
import { TASK_QUEUE } from "./task-queue.ts";

type StartRules = ScheduleOptionsStartWorkflowAction<typeof applyMessageRules>;

type StartDigest = ScheduleOptionsStartWorkflowAction<typeof dailyDigest>;

/** The digest, in the early morning of Europe. One that was missed is made up for within the same day only. */
export function digestSchedule(): ScheduleOptions {
  return {
    scheduleId: "daily-digest",
    spec: { calendars: [{ hour: 5, minute: 30, comment: "daily, UTC" }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "12 hours" },
    action: {
      type: "startWorkflow",
      workflowType: "dailyDigest",
      workflowId: "daily-digest",
      taskQueue: TASK_QUEUE,
      staticSummary:
        "How much waits, to staff who asked to be told: counts and links, once a person and day",
    } satisfies StartDigest,
    state: { note: "Made by Wearflow" },
  };
}

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
