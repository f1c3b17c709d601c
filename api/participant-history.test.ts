import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createContactActivities } from "../activities/contact.ts";
import { contactWorld } from "../testing/contact-world.ts";
import { signInAs } from "../testing/staff.ts";
import { createApp } from "./app.ts";
import { ours } from "./set-up-for-tests.ts";

const WHO = "S2-0403";
const world = await contactWorld();
after(() => world.stop());
const { db } = world.deps;
const asked: string[] = [];
const left: string[] = [];
let temporalIsThere = true;
const app = createApp({
  db,
  clock: () => new Date(),
  temporalUiUrl: null,
  temporalNamespace: "wearflow",
  embedded: true,
  demo: false,
  async fetchNow({ shortId, study }) {
    if (!temporalIsThere) throw new Error("no Temporal");
    asked.push(`${study}/${shortId}`);
  },
  async withdraw({ participant, study }) {
    if (!temporalIsThere) throw new Error("no Temporal");
    left.push(`${study}/${participant}`);
  },
  log: { info() {}, warn() {}, error() {} },
});
const cookies = {
  coordinator: await signInAs(db, "kari", "coordinator"),
  researcher: await signInAs(db, "ola", "researcher"),
};
const open = async (by: keyof typeof cookies) => {
  const headers = { ...ours, Cookie: cookies[by] };
  return (await app.request(`/participants/${WHO}`, { headers })).text();
};
const fetchNow = (by: keyof typeof cookies) =>
  app.request(`/participants/${WHO}/fetch`, {
    method: "POST",
    headers: { ...ours, Cookie: cookies[by] },
  });

test("a coordinator sees what was written to somebody and what was done to their record, a researcher neither", async () => {
  await world.queued(WHO);
  const page = await open("coordinator");
  assert.match(page, /Messages, newest first[\s\S]*No sync for two days/);
  assert.match(page, /Audit of S2-0403[\s\S]*message\.send[\s\S]*contact\.change/);
  const other = await open("researcher");
  assert.doesNotMatch(other, /Messages, newest first|Audit of|Fetch now|Write to/);
});

test("fetching now triggers that person's schedule, is audited, and says when nothing could be triggered", async () => {
  const reply = await fetchNow("coordinator");
  assert.equal(reply.headers.get("Location"), `/participants/${WHO}?asked=fetch`);
  assert.deepEqual(asked, [`sleep-2/${WHO}`]);
  const count = async () =>
    (await db.query("select from audit.entry where action = 'participant.fetch'")).rows.length;
  assert.equal(await count(), 1);
  temporalIsThere = false;
  const refused = await fetchNow("coordinator");
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /Nothing was fetched/);
  assert.equal(await count(), 1);
  assert.equal((await fetchNow("researcher")).status, 403);
});

const change = (verb: string, values: Record<string, string> = {}, who = WHO) =>
  app.request(`/participants/${who}/participation/${verb}`, {
    method: "POST",
    headers: { ...ours, Cookie: cookies.coordinator },
    body: new URLSearchParams({ why: "they asked", ...values }),
  });

test("participation is paused and resumed from somebody's own page, with a reason, and the page shows when and where they were", async () => {
  assert.match(
    await open("coordinator"),
    /Withdraw S2-0403…[\s\S]*action="[^"]*participation\/pause"/,
  );
  assert.equal((await change("pause", { why: "" })).status, 422);
  assert.equal(
    (await change("pause")).headers.get("Location"),
    `/participants/${WHO}?done=pause#participation`,
  );
  assert.equal((await change("pause")).status, 422, "a second click finds it done");
  const page = await open("coordinator");
  assert.match(
    page,
    /participation\/resume"[\s\S]*Active → Paused[\s\S]*Time zones[\s\S]*Europe\/Oslo/,
  );
  assert.equal((await change("resume")).status, 303);
  const other = await open("researcher");
  assert.doesNotMatch(other, /participation\/|Withdraw /);
  assert.match(other, /Time zones, newest first[\s\S]*Europe\/Oslo/);
});

test("withdrawing asks who is meant and what becomes of the data, takes effect at once and goes on without Temporal", async () => {
  temporalIsThere = true;
  const other = "S2-0401";
  const waiting = await world.queued(other, "thanks");
  for (const values of [
    {},
    { sure: WHO, data: "keep" },
    { sure: other },
    { sure: other, data: "x" },
  ])
    assert.equal((await change("withdraw", values, other)).status, 422, JSON.stringify(values));
  const done = await change("withdraw", { sure: other, data: "keep" }, other);
  assert.equal(done.status, 303);
  assert.deepEqual(left, [`sleep-2/${other}`]);
  assert.equal((await change("withdraw", { sure: other, data: "erase" }, other)).status, 422);
  const { sendMessage } = createContactActivities(world.deps);
  assert.equal((await sendMessage({ message: waiting })).outcome, "cancelled");
  assert.deepEqual(world.sent, []);
  temporalIsThere = false;
  assert.equal((await change("erase", { sure: other }, other)).status, 303);
  const page = async (who: string) => {
    const headers = { ...ours, Cookie: cookies.coordinator };
    return (await app.request(`/participants/${who}`, { headers })).text();
  };
  assert.match(await page(other), /Everything is being erased; asked for just now/);
  assert.equal((await change("erase", { sure: other }, other)).status, 422, "asked for already");
  assert.equal((await change("erase", { sure: WHO })).status, 422, "who takes part is not erased");
});

test("the list tells when somebody was last written to and what became of it; a link by state leads into it", async () => {
  const headers = { ...ours, Cookie: cookies.coordinator };
  const link = await app.request("/participants?state=inactive", { headers });
  assert.equal(link.headers.get("Location"), "/?show=no_sync");
  assert.equal(
    (await app.request("/participants?state=x", { headers })).headers.get("Location"),
    "/",
  );
  const contact = { cipher: world.deps.cipher, mailer: "smtp", eventKey: null } as const;
  const quiet = async () => undefined;
  const withContact = createApp({
    db,
    clock: () => new Date(),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: false,
    contact: {
      ...contact,
      start: quiet,
      takenBack: quiet,
      startCampaign: quiet,
      campaignStopped: quiet,
    },
    log: { info() {}, warn() {}, error() {} },
  });
  const page = async (by: keyof typeof cookies) =>
    (await withContact.request("/", { headers: { ...ours, Cookie: cookies[by] } })).text();
  const row = /<tr role="row" id="p-S2-0403"[\s\S]*?<\/tr>/;
  assert.match(row.exec(await page("coordinator"))?.[0] ?? "", /just now: waiting/);
  assert.doesNotMatch(row.exec(await page("researcher"))?.[0] ?? "", /waiting|Write/);
});

test("where the account does not tell its zone the page says that the zone entered here holds, and else what it told", async () => {
  await db.query("update study.connection set account_time_zone = null");
  assert.match(await open("researcher"), /settings are withheld\): what is entered here holds/);
  await db.query("update study.connection set account_time_zone = 'Europe/Lisbon'");
  assert.match(await open("researcher"), /Their account says Europe\/Lisbon/);
});
