import { createApp } from "../../api/app.ts";
import { demoServiceToken } from "../../simulator/product-variables.ts";
import type { Forgery } from "../../simulator/webhooks/notifier.ts";
import { readWebhook } from "../../sources/google-health/webhook.ts";
import { createVerifier } from "../../sources/google-health/webhook-keys.ts";
import { serve } from "../../testing/browser.ts";
import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const SECRET = "Bearer a secret of sixteen or more";
const FORGERIES = 300;
const REPLAYS = 46;

/** The source's notifications, forged, changed on the way, and sent again and again. */
export const notificationsForged: FaultTest<null> = {
  id: "T12W",
  promise: `${FORGERIES} forged or altered notifications of the source: 0 accepted, each counted; one sent ${REPLAYS} times: one effect`,
  async run() {
    const world = await ingestWorld({ participants: 2 });
    const triggered: string[] = [];
    const site = await serve(appOf(world, triggered));
    try {
      const participant = await world.connectPerson(0, "2026-11-22");
      await subscribe(world, `${site.origin}/webhooks/google-health`);
      const accepted = await forge(world, participant);
      const effects = (await touched(world)) + triggered.length;
      const counted = await refusals(world);
      await replay(world, site.origin);
      const replayed = { windows: await touched(world), runs: triggered.length };
      return {
        passed:
          accepted + effects === 0 &&
          counted === FORGERIES &&
          replayed.windows + replayed.runs === 2,
        figure: figureOf({ accepted, effects, counted, ...replayed }),
      };
    } finally {
      await site.stop();
      await world.stop();
    }
  },
};

function appOf({ deps: { db, clock }, upstream }: IngestWorld, triggered: string[]) {
  const silent = () => undefined;
  const keysetUrl = `${upstream.url}/webhooks_public_keyset.json`;
  return createApp({
    db,
    clock,
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: false,
    fetchNow: async ({ shortId }) => void triggered.push(shortId),
    webhooks: {
      source: "google-health",
      secret: SECRET,
      verify: createVerifier({ keysetUrl, clock }),
      read: readWebhook,
    },
    log: { info: silent, warn: silent, error: silent },
  });
}

async function subscribe({ upstream }: IngestWorld, endpointUri: string): Promise<void> {
  const reply = await fetch(`${upstream.url}/v4/projects/1/subscribers?subscriberId=us`, {
    method: "POST",
    headers: { authorization: `Bearer ${demoServiceToken}` },
    body: JSON.stringify({
      endpointUri,
      subscriberConfigs: [{ dataTypes: ["heart-rate"] }],
      endpointAuthorization: { secret: SECRET },
    }),
  });
  if (!reply.ok) throw new Error(`the handshake failed: ${await reply.text()}`);
}

const KINDS: readonly Forgery[] = ["secret", "signature", "body"];

/** How many of them were taken. */
async function forge({ upstream, deps }: IngestWorld, participant: string): Promise<number> {
  const to = deps.clock().getTime();
  let accepted = 0;
  for (let each = 0; each < FORGERIES; each += 1) {
    const forged = KINDS[each % KINDS.length] ?? "secret";
    const one = { participant, dataType: "heart-rate", from: to - 3_600_000 - each, to };
    const statuses = await upstream.simulator.notifier.push([one], { forged });
    accepted += statuses.filter((status) => status !== 401).length;
  }
  return accepted;
}

async function replay({ upstream }: IngestWorld, origin: string): Promise<void> {
  const { webhookKeys, roster } = upstream.simulator;
  const times = { startTime: "2026-11-23T10:00:00Z", endTime: "2026-11-23T10:05:00Z" };
  const data = {
    healthUserId: roster[0]?.healthUserId,
    operation: "UPSERT",
    dataType: "heart-rate",
    intervals: [{ physicalTimeInterval: times }],
  };
  const body = JSON.stringify({ data });
  const headers = {
    authorization: SECRET,
    "google-health-api-signature": webhookKeys.sign(Buffer.from(body)),
  };
  for (let each = 0; each < REPLAYS; each += 1)
    await fetch(`${origin}/webhooks/google-health`, { method: "POST", headers, body });
}

async function touched({ database }: IngestWorld): Promise<number> {
  return (
    (await database.app.query("select from study.touched_window where origin = 'webhook'"))
      .rowCount ?? 0
  );
}

async function refusals({ database }: IngestWorld): Promise<number> {
  const { rows } = await database.app.query<{ n: number }>(
    "select coalesce(sum(times), 0)::int as n from study.report_refusal",
  );
  return rows[0]?.n ?? 0;
}
