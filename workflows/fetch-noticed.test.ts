import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../testing/stack.ts";
import type { WorkflowWorld } from "../testing/workflow-world.ts";
import { workflowWorld } from "../testing/workflow-world.ts";
import { fetchLater } from "../worker/fetch-later.ts";
import { ingestScheduleId } from "../worker/schedules.ts";
import { TASK_QUEUE } from "../worker/task-queue.ts";
import type { fetchNoticed, ingestParticipant } from "./index.ts";

let workflows: WorkflowWorld;
before(async () => {
  workflows = await workflowWorld();
});
after(() => workflows.stop());

const START = Date.parse("2026-11-24T12:00:00Z");
const minutesAfter = (minutes: number) => new Date(START + minutes * 60_000).toISOString();

/** Somebody who was read for a notification at the start, with a schedule that runs only when triggered. */
async function somebody(index: number) {
  const { world, client } = workflows;
  const shortId = await world.connectPerson(index);
  const scheduleId = ingestScheduleId({ study: "test", shortId });
  await client.schedule.create<typeof ingestParticipant>({
    scheduleId,
    spec: {},
    action: {
      type: "startWorkflow",
      workflowType: "ingestParticipant",
      workflowId: scheduleId,
      taskQueue: TASK_QUEUE,
      args: [{ study: "test", participant: shortId }],
    },
  });
  await world.deps.db.query(
    `update study.connection set webhook_run_at = $2::timestamptz
     where participant_id = (select id from study.participant where short_id = $1::text)`,
    [shortId, minutesAfter(0)],
  );
  const schedule = client.schedule.getHandle(scheduleId);
  return {
    shortId,
    schedule,
    notice: () => fetchLater(client, { study: "test", shortId }),
    later: client.workflow.getHandle<typeof fetchNoticed>(`noticed/test/${shortId}`),
    runs: async () => (await schedule.describe()).info.numActionsTaken,
    ran: (times: number) =>
      eventually(`it ran ${times} times`, async () =>
        (await schedule.describe()).info.numActionsTaken === times ? true : null,
      ),
  };
}

test("a notification within 15 minutes of a reading has one more made at their end, however many come", async () => {
  const { notice, later, runs, ran } = await somebody(0);
  workflows.world.setNow(minutesAfter(14.98));
  for (let times = 0; times < 5; times += 1) await notice();
  await eventually("it waits", async () => {
    const { events } = await later.fetchHistory();
    return events?.some((event) => event.timerStartedEventAttributes) ? true : null;
  });
  assert.equal(await runs(), 0, "not before");
  workflows.world.setNow(minutesAfter(15));
  assert.deepEqual(await later.result(), { triggered: 1 });
  await ran(1);
});

test("the next one within 15 minutes of that waits again, and at their end it is a reading of its own", async () => {
  const { notice, later, ran } = await somebody(1);
  workflows.world.setNow(minutesAfter(15));
  await notice();
  assert.deepEqual(await later.result(), { triggered: 1 });
  workflows.world.setNow(minutesAfter(29.98));
  await notice();
  await ran(1);
  workflows.world.setNow(minutesAfter(30));
  assert.deepEqual(await later.result(), { triggered: 1 });
  await ran(2);
});

test("who took their grant back or lost their schedule meanwhile is not read, and nothing fails", async () => {
  const { world } = workflows;
  const revoked = await somebody(2);
  await world.deps.db.query(
    "update study.connection set status = 'revoked' where webhook_run_at = $1",
    [minutesAfter(0)],
  );
  await revoked.notice();
  assert.deepEqual(await revoked.later.result(), { triggered: 0 });
  const left = await somebody(3);
  await left.schedule.delete();
  world.setNow(minutesAfter(60));
  await left.notice();
  assert.deepEqual(await left.later.result(), { triggered: 0 });
});
