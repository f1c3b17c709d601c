import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkflowHandle } from "@temporalio/client";
import { Client, Connection } from "@temporalio/client";
import { TypedSearchAttributes } from "@temporalio/common";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { createImputationPool } from "../activities/imputation-pool.ts";
import {
  createActivities,
  createFetchActivities,
  createNoticeActivities,
  createWithdrawalActivities,
} from "../activities/index.ts";
import { fetchIfScheduled } from "../worker/fetch-later.ts";
import { fetchWorker } from "../worker/fetch-worker.ts";
import { studyKey } from "../worker/search-attributes.ts";
import { TASK_QUEUE } from "../worker/task-queue.ts";
import { endRuns, startWithdrawal } from "../worker/withdrawals.ts";
import { workflowBundle } from "../worker/workflow-bundle.ts";
import { ingestParticipant } from "../workflows/index.ts";
import type { IngestWorld } from "./ingest-world.ts";
import { ingestWorld } from "./ingest-world.ts";
import { testTemporal } from "./temporal.ts";

/** A database, a simulator, a Temporal dev server and the product's two workers between them. */
export type WorkflowWorld = Readonly<{ world: IngestWorld; client: Client; stop(): Promise<void> }>;

export async function workflowWorld(): Promise<WorkflowWorld> {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  const folder = await mkdtemp(join(tmpdir(), "wearflow-workflow-"));
  const world = await ingestWorld();
  const temporal = await testTemporal(join(folder, "temporal.db"));
  const [{ address }, namespace] = [temporal, "wearflow"];
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }), namespace });
  const imputation = createImputationPool({ threads: 1 });
  const workers = await createWorkers(world, { connection, namespace, client }, imputation);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    world,
    client,
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await imputation.close();
      await connection.close();
      await client.connection.close();
      await temporal.stop();
      await world.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function createWorkers(
  { deps, database, consenting }: IngestWorld,
  { client, ...at }: Readonly<{ connection: NativeConnection; namespace: string; client: Client }>,
  imputation: ReturnType<typeof createImputationPool>,
): Promise<Worker[]> {
  const quiet = async () => ({ created: 0, updated: 0, deleted: 0 });
  const settling = { db: deps.db, sourceName: deps.source.name, clock: deps.clock, log: deps.log };
  const keeping = { compressAfterDays: 14, retentionDays: null };
  return Promise.all([
    Worker.create({
      ...at,
      taskQueue: TASK_QUEUE,
      workflowBundle: await workflowBundle(),
      activities: {
        ...createActivities({
          ...settling,
          ...keeping,
          imputation,
          owner: database.owner,
          alignSchedules: quiet,
        }),
        ...createNoticeActivities({
          ...settling,
          fetchNow: (person) => fetchIfScheduled(client, deps.db, person, deps.clock()),
        }),
        ...createWithdrawalActivities({
          ...settling,
          owner: database.owner,
          authorizer: consenting.authorizer,
          cipher: consenting.cipher,
          endRuns: (person) => endRuns(client, person),
          startWithdrawal: (person) => startWithdrawal(client, person),
        }),
      },
    }),
    Worker.create({
      ...at,
      ...fetchWorker,
      activities: createFetchActivities(deps),
    }),
  ]);
}

/** Starts a participant's run, as their schedule would. */
export function startIngest(client: Client, participant: string) {
  return client.workflow.start(ingestParticipant, {
    args: [{ study: "test", participant }],
    taskQueue: TASK_QUEUE,
    workflowId: `ingest/test/${participant}-${Date.now()}`,
    typedSearchAttributes: new TypedSearchAttributes([{ key: studyKey, value: "test" }]),
  });
}

/** The activities a run has scheduled so far. */
export async function scheduledBy(
  handle: WorkflowHandle,
): Promise<Readonly<{ summary: string; priority: number | null | undefined }>[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
      scheduled
        ? [
            {
              summary: JSON.parse(Buffer.from(userMetadata?.summary?.data ?? []).toString("utf8")),
              priority: scheduled.priority?.priorityKey,
            },
          ]
        : [],
  );
}
