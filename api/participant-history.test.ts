import assert from "node:assert/strict";
import { after, test } from "node:test";
import { contactWorld } from "../testing/contact-world.ts";
import { signInAs } from "../testing/staff.ts";
import { createApp } from "./app.ts";
import { ours } from "./set-up-for-tests.ts";

const WHO = "S2-0403";
const world = await contactWorld();
after(() => world.stop());
const { db } = world.deps;
const asked: string[] = [];
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
    contact: { ...contact, start: quiet, takenBack: quiet },
    log: { info() {}, warn() {}, error() {} },
  });
  const page = async (by: keyof typeof cookies) =>
    (await withContact.request("/", { headers: { ...ours, Cookie: cookies[by] } })).text();
  const row = /<tr role="row" id="p-S2-0403"[\s\S]*?<\/tr>/;
  assert.match(row.exec(await page("coordinator"))?.[0] ?? "", /just now: waiting/);
  assert.doesNotMatch(row.exec(await page("researcher"))?.[0] ?? "", /waiting|Write/);
});
