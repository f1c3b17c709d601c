import { changeState } from "../sql/participant-changes.ts";
import { readWithdrawal } from "../sql/withdrawals.ts";
import { TASK_QUEUE } from "../worker/task-queue.ts";
import { startWithdrawal } from "../worker/withdrawals.ts";
import { ingestParticipant } from "../workflows/index.ts";
import { eventually } from "./stack.ts";
import type { WorkflowWorld } from "./workflow-world.ts";

/**
 * Somebody withdraws and wants everything erased while a run of theirs waits for the provider. Answers the run once the
 * grant is given back and the first erasure is over.
 */
export async function withdrawInMidRun({ world, client }: WorkflowWorld, participant: string) {
  const limit = {
    kind: "rateLimit",
    path: ":rollUp",
    retryAfter: "seconds",
    seconds: 600,
  } as const;
  world.fault({ ...limit, participant });
  const workflowId = `ingest/test/${participant}-2026-11-25T12:00:20Z`;
  const person = { study: "test", participant };
  const waiting = await client.workflow.start(ingestParticipant, {
    args: [person],
    taskQueue: TASK_QUEUE,
    workflowId,
  });
  const listed = `WorkflowId = "${workflowId}" and ExecutionStatus = "Running"`;
  await eventually("the run waits, and is listed", async () => {
    const { raw } = await waiting.describe();
    const waits = raw.pendingActivities?.some(({ lastFailure }) => lastFailure);
    return waits && (await client.workflow.count(listed)).count > 0 ? true : null;
  });
  const { app } = world.database;
  const wish = { shortId: participant, verb: "withdraw", erase: true } as const;
  await changeState(app, wish, { by: "ola", why: "they asked" });
  await Promise.all([startWithdrawal(client, person), startWithdrawal(client, person)]);
  await eventually("the grant is given back", async () => {
    const known = await readWithdrawal(app, participant);
    return known?.erasedAt && known.grantEndedAt ? true : null;
  });
  return waiting;
}
