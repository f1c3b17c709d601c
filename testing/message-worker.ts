import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { createMessageActivities } from "../activities/index.ts";
import { createOutbox } from "../mail/mailer.ts";
import { startCampaign } from "../worker/start-campaign.ts";
import { startContact } from "../worker/start-contact.ts";
import { TASK_QUEUE } from "../worker/task-queue.ts";
import { workflowBundle } from "../worker/workflow-bundle.ts";
import type { ContactWorld } from "./contact-world.ts";
import { testTemporal } from "./temporal.ts";

/** A Temporal dev server and a worker that runs everything that writes to people, into the outbox. `said` gets every log line. */
export async function messageWorker(
  { deps }: ContactWorld,
  said: (...words: unknown[]) => void = () => undefined,
) {
  Runtime.install({
    logger: new DefaultLogger("WARN", ({ message, meta }) => said(message, meta)),
  });
  const folder = await mkdtemp(join(tmpdir(), "wearflow-messages-"));
  const temporal = await testTemporal(join(folder, "temporal.db"));
  const [{ address }, namespace] = [temporal, "wearflow"];
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }), namespace });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: createMessageActivities({
      ...deps,
      startContact: (message) => startContact(client, message),
      startCampaign: (campaign) => startCampaign(client, campaign),
      mailer: createOutbox(),
      log: { error: said },
    }),
  });
  const running = worker.run();
  return {
    client,
    temporalUiUrl: temporal.uiAddress,
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
      await client.connection.close();
      await temporal.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
