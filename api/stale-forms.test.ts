import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readContact } from "../sql/contacts.ts";
import { readRules } from "../sql/message-rules.ts";
import { changeState } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import { because } from "../testing/contact-world.ts";
import { fieldsOf, startContactPages, WHO } from "./contact-pages-for-tests.ts";

const { world, get, post } = await startContactPages();
after(() => world.stop());
const { db, cipher } = world.deps;
const text = async (path: string) => (await get(path)).text();

async function contactOf(shortId: string) {
  const person = await findParticipant(db, shortId);
  assert.ok(person);
  return readContact({ db, cipher }, person.id);
}

const cardOf = (shortId: string) => `/participants/${shortId}/contact`;

test("a contact card that was changed meanwhile is not saved over, and what holds now is shown", async () => {
  const path = cardOf(WHO);
  const opened = fieldsOf(await text(path), path);
  const moved = { ...opened, email: "new@home.example", consent: "no", why: "took it back, moved" };
  assert.equal((await post(path, moved)).status, 303);
  const late = await post(path, { ...opened, language: "nb", why: "prefers Norwegian" });
  assert.equal(late.status, 422);
  const page = await late.text();
  assert.match(page, /Somebody has changed this card meanwhile: look at it and try again/);
  const { version, ...shown } = fieldsOf(page, path);
  assert.notEqual(version, opened["version"]);
  assert.partialDeepStrictEqual(shown, {
    email: "new@home.example",
    language: "en",
    consent: "no",
    why: "prefers Norwegian",
  });
  assert.partialDeepStrictEqual(await contactOf(WHO), {
    email: "new@home.example",
    language: "en",
    emailConsent: false,
  });
  assert.equal((await post(path, { ...shown, version: version ?? "", why: "again" })).status, 303);
});

test("of two who open a card at once one saves it, also where there was none", async () => {
  const path = cardOf("S2-0401");
  for (const prepare of ["select", "delete from pii.contact where participant_id = $1::int"]) {
    const person = await findParticipant(db, "S2-0401");
    if (prepare !== "select") await db.query(prepare, [person?.id]);
    const opened = fieldsOf(await text(path), path);
    const card = { ...opened, name: "Kari", email: "kari@home.example", why: "at once" };
    const replies = await Promise.all([post(path, card), post(path, { ...card, name: "Ola" })]);
    assert.deepEqual(replies.map(({ status }) => status).sort(), [303, 422], prepare);
  }
});

test("a wish about messages is a change of the card, too, and a form without a version changes nothing", async () => {
  const path = cardOf("S2-0402");
  const opened = fieldsOf(await text(path), path);
  await post(`${path}/refusal`, { wish: "none", why: "called us" });
  assert.equal((await post(path, { ...opened, why: "late" })).status, 422);
  const { version: _, ...without } = fieldsOf(await text(path), path);
  assert.equal((await post(path, { ...without, why: "made by hand" })).status, 422);
});

test("an erased card does not come back by a form that was open before", async () => {
  const path = cardOf("S2-0405");
  const opened = fieldsOf(await text(path), path);
  await post(`${path}/erase`, { sure: "S2-0405", why: "asked for it" });
  const late = await post(path, { ...opened, language: "nb", why: "prefers Norwegian" });
  assert.equal(late.status, 422);
  assert.equal(await contactOf("S2-0405"), null);
});

test("of who withdrew and is erased nothing is kept again, and no form offers it", async () => {
  const path = cardOf("S2-0406");
  await changeState(db, { shortId: "S2-0406", verb: "withdraw", erase: true }, because);

  for (const erased of [false, true]) {
    if (erased)
      await db.query(
        `delete from pii.contact c using study.participant p
         where p.id = c.participant_id and p.short_id = 'S2-0406'`,
      );
    const page = await text(path);
    assert.doesNotMatch(page, new RegExp(`action="${path}"`));
    assert.match(page, /nothing is kept of them again/);
    const { rows } = await db.query<{ version: string }>(
      `select extract(epoch from c.changed_at)::text as version from pii.contact c
       join study.participant p on p.id = c.participant_id where p.short_id = 'S2-0406'`,
    );
    const card = { name: "Kari", email: "back@home.example", language: "nb", consent: "yes" };
    const version = rows[0]?.version ?? "none";
    const late = await post(path, { ...card, version, why: "late" });
    assert.equal(late.status, 422);
    assert.match(await late.text(), /nothing is kept of them again/);
    assert.notEqual((await contactOf("S2-0406"))?.email, "back@home.example");
  }
});

const RULES = "/rules/sleep-2";
const modes = async () => Object.fromEntries(await readRules(db, "sleep-2"));
const rulesForm = async () => fieldsOf(await text("/rules"), RULES);

test("a rules page that was open when somebody stopped a rule does not switch it on again", async () => {
  await post(RULES, { ...(await rulesForm()), inactive: "send", why: "protocol 1.2" });
  const opened = await rulesForm();
  assert.equal(opened["inactive"], "send");
  await post(RULES, { ...opened, inactive: "off", why: "the ethics committee stopped it" });
  const late = await post(RULES, { ...opened, battery_low: "off", why: "no battery mails" });
  assert.equal(late.status, 422);
  const page = await late.text();
  assert.match(page, /Somebody has changed these rules meanwhile: look at them and try again/);
  assert.deepEqual(await modes(), { inactive: "off" });
  const shown = fieldsOf(page, RULES);
  assert.deepEqual([shown["inactive"], shown["battery_low"]], ["off", "propose"]);
  assert.equal((await post(RULES, { ...shown, battery_low: "off", why: "again" })).status, 303);
  assert.deepEqual(await modes(), { inactive: "off", battery_low: "off" });
});

test("of two who change the rules at once one does, and a form that does not say what it showed changes nothing", async () => {
  const opened = await rulesForm();
  const replies = await Promise.all([
    post(RULES, { ...opened, low_wear: "send", why: "one" }),
    post(RULES, { ...opened, low_wear: "off", few_nights: "send", why: "other" }),
  ]);
  assert.deepEqual(replies.map(({ status }) => status).sort(), [303, 422]);
  const before = await modes();
  const { version, ...without } = await rulesForm();
  for (const said of ["", "constructor", `${version?.split(" ")[0]}`]) {
    const made = { ...without, study_end: "send", version: said, why: "made by hand" };
    assert.equal((await post(RULES, made)).status, 422, said);
  }
  assert.deepEqual(await modes(), before);
});
