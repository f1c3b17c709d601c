import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { createMessageActivities } from "../activities/index.ts";
import { createApp } from "../api/app.ts";
import { hashPassword } from "../auth/password.ts";
import { createOutbox } from "../mail/mailer.ts";
import { TASK_QUEUE } from "../worker/schedules.ts";
import { startContact, tellTakenBack } from "../worker/start-contact.ts";
import { launchBrowser, serve } from "./browser.ts";
import type { ContactWorld } from "./contact-world.ts";
import { contactWorld } from "./contact-world.ts";
import { testTemporal } from "./temporal.ts";

/** Of the one member of staff, Ola. */
export const password = "a long sentence 7";

/** Everything worker and pages have logged. */
export const lines: string[] = [];
const said = (...words: unknown[]) => void lines.push(JSON.stringify(words));

/** Database, Temporal, worker and pages as they run, and a browser in front of them. */
export async function startContactSite(t: TestContext, executablePath: string) {
  Runtime.install({
    logger: new DefaultLogger("WARN", ({ message, meta }) => said(message, meta)),
  });
  const folder = await mkdtemp(join(tmpdir(), "wearflow-journey-"));
  const world = await contactWorld();
  const temporal = await testTemporal(join(folder, "temporal.db"));
  const { address } = temporal;
  const connection = await NativeConnection.connect({ address });
  const client = new Client({
    connection: await Connection.connect({ address }),
    namespace: "wearflow",
  });
  const worker = await Worker.create({
    connection,
    namespace: "wearflow",
    taskQueue: TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)),
    activities: createMessageActivities({
      ...world.deps,
      mailer: createOutbox(),
      log: { error: said },
    }),
  });
  const running = worker.run();
  await world.deps.db.query(
    "insert into pii.staff (login, role, password_hash) values ('ola', 'coordinator', $1::text)",
    [await hashPassword(password)],
  );
  const pages = await servePages(world, client, temporal.uiAddress);
  const browser = await launchBrowser(executablePath);
  t.after(async () => {
    await browser.close();
    await pages.stop();
    worker.shutdown();
    await running;
    await connection.close();
    await client.connection.close();
    await temporal.stop();
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { world, client, browser, origin: pages.origin, routes: pages.routes };
}

async function servePages({ deps }: ContactWorld, client: Client, temporalUiUrl: string) {
  const app = createApp({
    db: deps.db,
    clock: () => new Date(),
    temporalUiUrl,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: false,
    pollMs: 100,
    contact: {
      cipher: deps.cipher,
      start: (message) => startContact(client, message),
      takenBack: (message) => tellTakenBack(client, message),
      mailer: "outbox",
      eventKey: null,
    },
    log: { info: said, warn: said, error: said },
  });
  return { ...(await serve(app)), routes: app.routes };
}
