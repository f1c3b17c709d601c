import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { demoServiceToken, demoWebhookSecret } from "../simulator/product-variables.ts";
import type { Happening } from "../simulator/webhooks/notifier.ts";
import { readWebhook } from "../sources/google-health/webhook.ts";
import { createVerifier } from "../sources/google-health/webhook-keys.ts";
import { serve } from "../testing/browser.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";
import { createApp } from "./app.ts";

const world = await ingestWorld({ participants: 4 });
const { db, clock } = world.deps;
const { notifier, webhookKeys, roster } = world.upstream.simulator;
const triggered: string[] = [];
const later: string[] = [];
let keysAsked = 0;
const verify = createVerifier({
  keysetUrl: `${world.upstream.url}/webhooks_public_keyset.json`,
  clock,
  fetch: (...request) => {
    keysAsked += 1;
    return fetch(...request);
  },
});
const silent = () => undefined;
const app = createApp({
  db,
  clock,
  temporalUiUrl: null,
  temporalNamespace: "wearflow",
  embedded: true,
  demo: false,
  fetchNow: async ({ shortId }) => void triggered.push(shortId),
  fetchLater: async ({ shortId }) => void later.push(shortId),
  webhooks: { source: "google-health", secret: demoWebhookSecret, verify, read: readWebhook },
  log: { info: silent, warn: silent, error: silent },
});
const site = await serve(app);
const endpointUri = `${site.origin}/webhooks/google-health`;
after(async () => {
  await site.stop();
  await world.stop();
});
beforeEach(async () => {
  triggered.length = 0;
  later.length = 0;
  await db.query("delete from study.webhook_notice");
  await db.query("update study.connection set webhook_run_at = null");
  await db.query("delete from study.touched_window");
});

const subscribe = (secret: string, uri = endpointUri) =>
  fetch(`${world.upstream.url}/v4/projects/1/subscribers?subscriberId=us`, {
    method: "POST",
    headers: { authorization: `Bearer ${demoServiceToken}` },
    body: JSON.stringify({
      endpointUri: uri,
      subscriberConfigs: [{ dataTypes: ["heart-rate", "steps", "hydration-log"] }],
      endpointAuthorization: { secret },
    }),
  });

const changed = (participant: string, day: string, dataType = "heart-rate"): Happening => ({
  participant,
  dataType,
  from: Date.parse(`${day}T10:00:00Z`),
  to: Date.parse(`${day}T11:00:00Z`),
});

const count = async (what: string) => (await db.query(what)).rowCount;
const touched = () => count("select from study.touched_window where origin = 'webhook'");
const refused = async () =>
  Number(
    (
      await db.query<{ n: number }>(
        "select coalesce(sum(times), 0)::int as n from study.report_refusal where provider = 'google-health'",
      )
    ).rows[0]?.n,
  );

test("the handshake: who knows the secret is told 201, a stranger 401, and only then there is a subscriber", async () => {
  assert.equal((await subscribe("Bearer another secret of that length")).status, 400);
  assert.equal((await subscribe(demoWebhookSecret, `${site.origin}/healthz`)).status, 400);
  const before = await refused();
  assert.equal((await subscribe(demoWebhookSecret)).status, 200);
  assert.equal(await refused(), before, "its own stranger is not counted as a forgery");
});

test("the demo is notified as soon as its pages answer as they must, and stays one subscriber", async () => {
  const { subscribe: subscribeDemo } = world.upstream.simulator;
  const url = `${world.upstream.url}/v4/projects/1/subscribers`;
  const headers = { authorization: `Bearer ${demoServiceToken}` };
  const listed = async () =>
    (await (await fetch(url, { headers })).text()).split('"endpointUri"').length - 1;
  const before = await listed();
  assert.equal(await subscribeDemo("http://127.0.0.1:9/webhooks/google-health"), false);
  assert.equal(await listed(), before);
  assert.deepEqual(
    [await subscribeDemo(endpointUri), await subscribeDemo(endpointUri)],
    [true, true],
  );
  assert.equal(await listed(), before + 1);
  assert.equal((await fetch(`${url}/demo`, { method: "DELETE", headers })).status, 200);
});

test("a notification opens the day it names, final or not, has the participant read, and the same data is final at once", async () => {
  const participant = await world.connectPerson(0, "2026-11-20");
  await runOnce(world, participant);
  world.setNow("2026-11-24T20:00:00Z");
  await runOnce(world, participant);
  const final = async () =>
    (
      await db.query<{ day: string }>(
        "select day from study.ledger_metric where series_id = 1 and final_at is not null order by 1",
      )
    ).rows.map(({ day }) => day);
  const before = await final();
  assert.ok(before.includes("2026-11-21"));
  assert.deepEqual(await notifier.push([changed(participant, "2026-11-21")]), [204]);
  assert.deepEqual(triggered, [participant]);
  assert.equal(await touched(), 1);
  assert.deepEqual(
    await final(),
    before.filter((day) => day !== "2026-11-21"),
  );
  const { touchedDays } = await runOnce(world, participant);
  assert.ok(touchedDays.includes("2026-11-21"), "it is read again");
  assert.deepEqual(await final(), before);
});

test("T10: the same notification again, and many at once, open and trigger no more than once in 15 minutes", async () => {
  const participant = await world.connectPerson(1, "2026-11-20");
  const body = JSON.stringify({
    data: {
      version: "1",
      clientProvidedSubscriptionName: "the same one",
      healthUserId: roster[1]?.healthUserId,
      operation: "UPSERT",
      dataType: "steps",
      intervals: [
        {
          physicalTimeInterval: {
            startTime: "2026-11-22T10:00:00Z",
            endTime: "2026-11-22T10:05:00Z",
          },
        },
      ],
    },
  });
  const send = () =>
    app.request("/webhooks/google-health", {
      method: "POST",
      headers: {
        authorization: demoWebhookSecret,
        "x-healthapi-signature": webhookKeys.sign(Buffer.from(body)),
      },
      body,
    });
  const replies = await Promise.all(Array.from({ length: 46 }, send));
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [204]);
  assert.deepEqual(triggered, [participant]);
  assert.deepEqual(later, [], "sent again it asks for nothing more");
  assert.equal(await touched(), 2, "of both series of steps, once");
  await notifier.push([changed(participant, "2026-11-23")]);
  assert.deepEqual(triggered, [participant], "another one opens its day and triggers nothing yet");
  assert.deepEqual(later, [participant], "it is read once the 15 minutes are over");
  assert.equal(await touched(), 3);
  world.setNow("2026-11-24T20:20:00Z");
  await notifier.push([changed(participant, "2026-11-23")]);
  assert.deepEqual(triggered, [participant, participant]);
});

test("T12: what another sent, signed or changed is refused and counted, whoever knows the secret, and has no effect", async () => {
  const participant = roster[0]?.participant ?? "";
  const before = await refused();
  for (const forged of ["secret", "signature", "body"] as const) {
    const statuses = await notifier.push([changed(participant, "2026-11-22")], { forged });
    assert.deepEqual(statuses, [401], forged);
  }
  const strange = ["", "AA==", "A".repeat(96), "B".repeat(3000), "é"];
  for (const signature of strange) {
    const headers = {
      authorization: demoWebhookSecret,
      "google-health-api-signature": encodeURI(signature),
    };
    const reply = await app.request("/webhooks/google-health", {
      method: "POST",
      headers,
      body: "[]",
    });
    assert.equal(reply.status, 401, signature);
  }
  assert.equal((await refused()) - before, 3 + strange.length);
  assert.equal(await touched(), 0);
  assert.deepEqual(triggered, []);
});

test("keys that are exchanged are looked up anew, at most once a minute; a forged key number asks no more often", async () => {
  const participant = roster[0]?.participant ?? "";
  world.setNow("2026-11-24T20:30:00Z");
  webhookKeys.rotate();
  assert.deepEqual(await notifier.push([changed(participant, "2026-11-22")]), [204]);
  const asked = keysAsked;
  for (let times = 0; times < 20; times += 1)
    await notifier.push([changed(participant, "2026-11-22")], { forged: "signature" });
  assert.equal(keysAsked, asked);
});

test("one object or a list, deletions, types nobody reads and accounts nobody knows are all answered 204", async () => {
  const participant = roster[0]?.participant ?? "";
  const deletion = { ...changed(participant, "2026-11-22"), operation: "DELETE" } as const;
  assert.deepEqual(await notifier.push([deletion], { asObject: true }), [204]);
  assert.equal(await touched(), 1);
  assert.deepEqual(triggered, [participant]);
  const others = [
    changed("somebody else", "2026-11-22"),
    changed(participant, "2026-11-22", "hydration-log"),
  ];
  assert.deepEqual(await notifier.push(others), [204]);
  assert.equal(await touched(), 1, "neither opens a cell");
});

test("S34, S35: with every notification lost, nothing is missing and nobody looks silent", async () => {
  const participant = await world.connectPerson(2, "2026-11-20");
  notifier.lose(1);
  await notifier.tick();
  world.setNow("2026-11-25T12:00:00Z");
  await notifier.tick();
  assert.equal(await count("select from study.webhook_notice"), 0);
  await runOnce(world, participant);
  const minutes = (of: Map<number, number>) => [...of.keys()].sort((one, other) => one - other);
  assert.deepEqual(
    minutes(await world.stored(participant)),
    minutes(await world.truth(participant)),
  );
  const { rows } = await db.query<{ late: boolean }>(
    `select last_sync_at < $2::timestamptz - interval '1 day' as late
     from reporting.participant_status where participant = $1::text`,
    [participant, clock()],
  );
  assert.deepEqual(rows, [{ late: false }]);
  notifier.lose(0);
});
