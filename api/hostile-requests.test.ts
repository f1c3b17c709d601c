import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { paragraphFault } from "../messages/paragraph.ts";
import { changeState } from "../sql/participant-changes.ts";
import { because } from "../testing/contact-world.ts";
import { startContactPages, WHO } from "./contact-pages-for-tests.ts";
import { ours } from "./set-up-for-tests.ts";

const { world, app, post, draft, lines } = await startContactPages();
after(() => world.stop());
const { db } = world.deps;
beforeEach(() => db.query("delete from study.message"));

/** These read nothing of what is sent with them. */
const UNREAD =
  /^\/(sign-out|participants\/:id\/fetch|messages\/:id\/\w+|api\/v1\/participants\/:id\/(fetch|imputation))$/;

test("no address takes more than it needs, and the refusal is not told as a fault of ours", async () => {
  const body = new URLSearchParams({ why: "x".repeat(3 * 1024 * 1024) });
  const paths = app.routes.filter(({ method }) => method === "POST").map(({ path }) => path);
  assert.ok(paths.length > 20);
  for (const path of new Set(paths.filter((each) => !UNREAD.test(each)))) {
    const address = path.replace(":id", WHO).replace(":slug", "sleep-2");
    const reply = await app.request(address, { method: "POST", headers: ours, body });
    assert.equal(reply.status, 413, path);
    assert.match(await reply.text(), /too large|^$/i, path);
  }
  assert.doesNotMatch(JSON.stringify(lines), /request failed/);
});

test("a number no campaign has stops none and is no fault of ours", async () => {
  for (const campaign of ["99999999999999", "-1", "1e9", "x", ""]) {
    const reply = await post("/consents/campaigns/sleep-2/stop", { campaign, why: "to test" });
    assert.equal(reply.status, 303, campaign);
  }
});

test("two coordinators who send the same message at once send one, and what each typed is not doubled", async () => {
  const paths = await Promise.all([draft("from one"), draft("from the other")]);
  const replies = await Promise.all([...paths, ...paths].map((path) => post(`${path}/send`)));
  const { rows } = await db.query("select from study.message where status = 'queued'");
  assert.equal(rows.length, 1);
  assert.deepEqual(replies.map(({ status }) => status).toSorted(), [303, 303, 422, 422]);
});

test("who has withdrawn is offered no draft, gets no consent link by one and is not fetched", async () => {
  await changeState(db, { shortId: WHO, verb: "withdraw" }, because);
  const refused = await post(`/participants/${WHO}/write`, {
    template: "consent_needed",
    paragraph: "",
  });
  assert.equal(refused.status, 422);
  assert.match(await refused.text(), /They have withdrawn/);
  const links = await db.query("select from study.consent_link");
  assert.equal(links.rowCount, 0);
  await world.database.owner.query(
    "update study.participant set state = 'active', ended_on = null where short_id = $1",
    [WHO],
  );
});

test("no domain gets into a paragraph in any spelling, and an abbreviation is none", () => {
  for (const text of [
    "see evil.de",
    "see bit.ly/x",
    "see [here](//evil.example)",
    "see EVIL.Example",
    "see bücher.example",
    "see a //x",
  ])
    assert.notEqual(paragraphFault(text), null, text);
  for (const text of ["Ta den av f.eks. kl. 10.30, bl.a. for lading.", "Until 3.5 hours. See you."])
    assert.equal(paragraphFault(text), null, text);
});
