import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "@temporalio/client";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { eventually } from "../testing/stack.ts";
import type { WorkflowWorld } from "../testing/workflow-world.ts";
import { startIngest, workflowWorld } from "../testing/workflow-world.ts";
import type { ImputeResult } from "./impute-participant.ts";

let workflows: WorkflowWorld;
let world: IngestWorld;
let client: Client;

before(async () => {
  workflows = await workflowWorld();
  ({ world, client } = workflows);
  await world.database.app.query(
    `update study.setting set settings = settings || '{"imputation": {"enabled": true}}'`,
  );
});
after(() => workflows.stop());

const start = (participant: string) => startIngest(client, participant);

test("gaps that a run finds are filled by a child of it", async () => {
  const participant = await world.connectPerson(15);
  assert.equal((await (await start(participant)).result()).outcome, "complete");
  const { rowCount } = await world.database.app.query(
    `select from reporting.gap where participant = $1::text and cause = 'sensor_dropout'`,
    [participant],
  );
  assert.ok((rowCount ?? 0) > 0);
  const child = client.workflow.getHandle(`impute/test/${participant}`);
  const { imputed, changed }: ImputeResult = await child.result();
  assert.ok(imputed > 0 && changed > 0);
});

test("a filling of the same person's gaps that is under way is waited for, and the run completes", async () => {
  const participant = await world.connectPerson(16);
  const workflowId = `impute/test/${participant}`;
  // Nobody serves its queue: it stays under way until it is ended.
  const other = await client.workflow.start("imputeParticipant", {
    workflowId,
    taskQueue: "nobody",
    args: [{ study: "test", participant, since: "2026-11-01" }],
  });
  const handle = await start(participant);
  await eventually("the run waits", async () => {
    const { events } = await handle.fetchHistory();
    return events?.some((event) => event.timerStartedEventAttributes) || null;
  });
  await other.terminate("enough of it");
  assert.equal((await handle.result()).outcome, "complete");
  const { imputed }: ImputeResult = await client.workflow.getHandle(workflowId).result();
  assert.ok(imputed > 0);
});
