import type { TestContext } from "node:test";
import type { Client } from "@temporalio/client";
import { createApp } from "../api/app.ts";
import { hashPassword } from "../auth/password.ts";
import { startCampaign, tellCampaignStopped } from "../worker/start-campaign.ts";
import { startContact, tellTakenBack } from "../worker/start-contact.ts";
import { launchBrowser, serve } from "./browser.ts";
import { consentPagesOf } from "./consent-world.ts";
import type { ContactWorld } from "./contact-world.ts";
import { contactWorld } from "./contact-world.ts";
import { messageWorker } from "./message-worker.ts";

/** Of the one member of staff, Ola. */
export const password = "a long sentence 7";

/** Everything worker and pages have logged. */
export const lines: string[] = [];
const said = (...words: unknown[]) => void lines.push(JSON.stringify(words));

/** Database, Temporal, worker and pages as they run, and a browser in front of them. */
export async function startContactSite(t: TestContext, executablePath: string) {
  const world = await contactWorld();
  const worker = await messageWorker(world, said);
  const { client } = worker;
  await world.deps.db.query(
    "insert into pii.staff (login, role, password_hash) values ('ola', 'coordinator', $1::text)",
    [await hashPassword(password)],
  );
  const pages = await servePages(world, client, worker.temporalUiUrl);
  const browser = await launchBrowser(executablePath);
  t.after(async () => {
    await browser.close();
    await pages.stop();
    await worker.stop();
    await world.stop();
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
    consent: consentPagesOf(deps.db, () => new Date()),
    contact: {
      cipher: deps.cipher,
      start: (message) => startContact(client, message),
      takenBack: (message) => tellTakenBack(client, message),
      startCampaign: (campaign) => startCampaign(client, campaign),
      campaignStopped: (campaign) => tellCampaignStopped(client, campaign),
      mailer: "outbox",
      eventKey: null,
    },
    log: { info: said, warn: said, error: said },
  });
  return { ...(await serve(app)), routes: app.routes };
}
