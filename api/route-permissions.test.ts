import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { consentPagesOf } from "../testing/consent-world.ts";
import { testDatabase } from "../testing/database.ts";
import { draftTo } from "../testing/drafts.ts";
import { signInAs } from "../testing/staff.ts";
import { createApp } from "./app.ts";
import type { ContactPages } from "./deps.ts";
import type { Who } from "./doors-for-tests.ts";
import { doors, WHO } from "./doors-for-tests.ts";
import { ours } from "./set-up-for-tests.ts";
import { fillStudy } from "./study-for-tests.ts";

const now = new Date("2026-11-25T12:00:00Z");
const database = await testDatabase();
after(() => database.stop());
await fillStudy(database.app, now);

const provider = { begin: () => Promise.reject(new Error("no")), finish: () => Promise.reject() };
const contact: ContactPages = {
  cipher: createContactCipher("ab".repeat(32)),
  start: async () => undefined,
  takenBack: async () => undefined,
  startCampaign: async () => undefined,
  campaignStopped: async () => undefined,
  mailer: "outbox",
  eventKey: "none",
};
const app = createApp({
  db: database.app,
  clock: () => now,
  temporalUiUrl: null,
  temporalNamespace: "wearflow",
  embedded: false,
  demo: false,
  contact,
  consent: consentPagesOf(database.app, () => now),
  webhooks: {
    source: "google-health",
    secret: "none",
    verify: async () => "forged",
    read: () => null,
  },
  fetchNow: async () => undefined,
  oidc: { name: "test", provider, groups: [] },
  log: { info() {}, warn() {}, error() {} },
});

/** S2-0401 is at Oslo, S2-0405 at Leeds. */
const oslo = { study: "sleep-2", name: "Oslo" };
const who: Readonly<Record<Who, string>> = {
  nobody: "",
  researcher: await signInAs(database.app, "researcher", "researcher"),
  ops: await signInAs(database.app, "ops", "ops"),
  admin: await signInAs(database.app, "admin", "admin"),
  coordinator: await signInAs(database.app, "coordinator", "coordinator"),
  oslo: await signInAs(database.app, "oslo-coordinator", "coordinator", oslo),
};

/** A message to each; what is done with it by one role is undone for the next. */
const messages: Readonly<Record<string, string>> = {
  "S2-0401": "0d1c9a36-7c0e-4f7c-9d6f-0a3f5f0f1a11",
  "S2-0405": "0d1c9a36-7c0e-4f7c-9d6f-0a3f5f0f1a12",
};
for (const [participant, id] of Object.entries(messages))
  await draftTo({ db: database.app, cipher: contact.cipher }, participant, id);

const ASSET = /^\/assets\//;
const routes = [
  ...new Set(
    app.routes
      .filter(({ method, path }) => method !== "ALL" && !ASSET.test(path))
      .map(({ method, path }) => `${method} ${path}`),
  ),
];

/** What a browser would send; no form says why, so none changes anything. */
async function knock(route: string, by: Who, person: string): Promise<number> {
  const [method = "", path = ""] = route.split(" ");
  const id = path.startsWith("/messages") ? messages[person] : person;
  const at = path
    .replace(":id", id ?? "none")
    .replace(/:(slug|study)/, "sleep-2")
    .replace(":day", "2026-11-20");
  const isPost = method === "POST";
  const body = new URLSearchParams({ study: "sleep-2", site: "Oslo" });
  // A session is ended by what this test asks for last.
  const headers = { ...ours, Cookie: route === "POST /sign-out" ? "" : who[by] };
  const reply = await app.request(path.startsWith("/api/") ? queried(at) : at, {
    method,
    headers,
    ...(isPost && { body }),
  });
  await reply.body?.cancel();
  const isToSignIn = reply.headers.get("Location")?.startsWith("/sign-in") ?? false;
  return isToSignIn && route !== "POST /sign-out" ? 401 : reply.status;
}

/** An address of the API with what it must be asked with. */
function queried(path: string): string {
  if (path.endsWith("/daily-values")) return `${path}?metric=daily_steps`;
  const range = "from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z";
  if (/\/(gaps|samples)$/.test(path)) return `${path}?${range}&metric=heart_rate`;
  return path.endsWith("/imputation") ? `${path}?since=2026-11-20` : path;
}

type Answer = "sign in" | "not you" | "nothing here" | "come in";

function answerOf(status: number): Answer {
  const refusals: Record<number, Answer> = { 401: "sign in", 403: "not you", 404: "nothing here" };
  return refusals[status] ?? "come in";
}

function expectedOf(route: string, each: Who): Answer {
  const door = doors[route] ?? [];
  if (door === "signed") return /^POST .(mail|webhooks)/.test(route) ? "sign in" : "come in";
  if (door === "open" || door.includes(each)) return "come in";
  return each === "nobody" ? "sign in" : "not you";
}

test("every route has a door in this table, and the table names no route that is not there", () => {
  assert.deepEqual(Object.keys(doors).sort(), [...routes].sort());
});

test("each role gets through exactly the doors the table opens for it", async () => {
  for (const route of routes) {
    for (const each of WHO) {
      const status = await knock(route, each, "S2-0401");
      assert.equal(answerOf(status), expectedOf(route, each), `${each} ${route}: ${status}`);
    }
  }
});

test("to who is bound to a site, participants of others are not there, on every page and for every change", async () => {
  const personal = routes.filter((route) => /\/(participants|messages)\/:id/.test(route));
  assert.ok(personal.length > 5);
  for (const route of personal) {
    assert.equal(await knock(route, "oslo", "S2-0405"), 404, route);
    if (doors[route]?.includes("coordinator")) {
      assert.notEqual(await knock(route, "coordinator", "S2-0405"), 404, route);
    }
  }
  for (const path of ["/", "/set-up/participants?study=sleep-2"]) {
    const page = await app.request(path, { headers: { ...ours, Cookie: who.oslo } });
    const text = await page.text();
    assert.match(text, /S2-0401/);
    assert.doesNotMatch(text, /S2-0405/, path);
  }
});

test("who is bound to a site enrols nobody elsewhere", async () => {
  const values = {
    study: "sleep-2",
    id: "S2-0999",
    time_zone: "Europe/Oslo",
    enrolled_on: "2026-11-01",
    state: "active",
    why: "protocol 1.2",
  };
  const enrolAt = (site: string) =>
    app.request("/set-up/participants", {
      method: "POST",
      headers: { ...ours, Cookie: who.oslo },
      body: new URLSearchParams({ ...values, site }),
    });
  for (const site of ["Leeds", ""]) {
    const refused = await enrolAt(site);
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /you enrol at Oslo only/);
  }
  assert.equal((await enrolAt("Oslo")).status, 303);
});

test("T21: no request of another site's, and none that says not whose it is, changes anything on any route", async () => {
  const strangers: readonly Record<string, string>[] = [
    { "Sec-Fetch-Site": "cross-site" },
    { Origin: "null" },
    {},
  ];
  const changing = routes.filter((each) => each.startsWith("POST") && doors[each] !== "signed");
  for (const route of changing) {
    const path = (route.split(" ")[1] ?? "").replace(":id", "S2-0401").replace(":slug", "sleep-2");
    for (const stranger of strangers) {
      const headers = { ...stranger, Cookie: who.admin, "Content-Type": "application/json" };
      const reply = await app.request(path, { method: "POST", headers, body: "{}" });
      assert.equal(reply.status, 403, `${route} ${JSON.stringify(stranger)}`);
    }
  }
});
