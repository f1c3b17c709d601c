import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { testTemporal } from "../testing/temporal.ts";
import { startIngest } from "../testing/workflow-world.ts";
import { fetchWorker } from "../worker/fetch-worker.ts";
import { TASK_QUEUE } from "../worker/task-queue.ts";
import { workflowBundle } from "../worker/workflow-bundle.ts";
import type { IngestPlan, SeriesReading } from "./conclude.ts";

/** The workflow with activities that do nothing but end as the test says: outages last hours, and no test can wait. */
let client: Client;
let stop: () => Promise<void>;
let failing: Readonly<{ activity: string; failure: ApplicationFailure }>;
let asked: string[] = [];
let planned: { scheduledAt: string; startedAt?: string } | undefined;

const windows = [
  { from: "2026-11-24T00:00:00Z", to: "2026-11-24T12:00:00Z", days: ["2026-11-24"] },
];
const plan: IngestPlan = {
  ...{ state: "active", skip: null, devicesUnread: false, syncAt: null, windows },
  activity: [{ name: "steps", series: [1001], windows }],
  sleep: [{ name: "sleep", series: [1020], windows }],
  older: [{ name: "older steps", series: [1001], windows }],
};
const read: SeriesReading = {
  ...{ windowsDone: 1, inserted: 1, updated: 0, quarantined: 0, pages: 1, unreadDays: [] },
  ...{ began: "2026-11-24T12:00:00Z", ended: "2026-11-24T12:00:01Z", stopped: null },
};

function ends<Result>(activity: string, result: Result): () => Promise<Result> {
  return async () => {
    asked.push(activity);
    if (failing.activity === activity) throw failing.failure;
    return result;
  };
}

before(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  const folder = await mkdtemp(join(tmpdir(), "wearflow-outages-"));
  const temporal = await testTemporal(join(folder, "temporal.db"));
  const [{ address }, namespace] = [temporal, "wearflow"];
  const connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  const settleIngest = async () => ({ outcome: "partial", detail: "settled" });
  const fetching = {
    planIngest: async (input: typeof planned) => {
      planned = input;
      return plan;
    },
    fetchHeartRate: ends("heart rate", read),
    fetchActivity: ends("activity", [read]),
    fetchSleep: ends("sleep", [read]),
    fetchOlder: ends("older", [read]),
  };
  const workers = await Promise.all([
    Worker.create({
      ...{ connection, namespace, taskQueue: TASK_QUEUE },
      workflowBundle: await workflowBundle(),
      activities: { settleIngest },
    }),
    Worker.create({ ...{ connection, namespace }, ...fetchWorker, activities: fetching }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  stop = async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
    await client.connection.close();
    await temporal.stop();
    await rm(folder, { recursive: true, force: true });
  };
});
after(() => stop());

async function runWhere(activity: string, type: string): Promise<readonly string[]> {
  failing = { activity, failure: ApplicationFailure.nonRetryable("as the test says", type) };
  asked = [];
  await (await startIngest(client, `${activity}-${type}`.replace(" ", "-"))).result();
  return asked;
}

const all = ["heart rate", "activity", "sleep", "older"];

for (const type of ["SourceUnavailable", "RateLimited", "Unexpected", "ScopeMissing"]) {
  test(`what ended as ${type} stops no other reading`, async () => {
    for (const activity of all.slice(0, 3))
      assert.deepEqual(await runWhere(activity, type), all, activity);
  });
}

for (const type of ["AuthorizationRevoked", "TokenUnreadable"]) {
  test(`what ended as ${type} would be met by every other reading, and none follows`, async () => {
    for (const [index, activity] of all.slice(0, 3).entries())
      assert.deepEqual(await runWhere(activity, type), all.slice(0, index + 1), activity);
  });
}

test("the plan is told when the run began", async () => {
  await runWhere("nothing", "Unexpected");
  const { scheduledAt, startedAt } = planned ?? {};
  assert.ok(startedAt !== undefined && startedAt === scheduledAt);
});
