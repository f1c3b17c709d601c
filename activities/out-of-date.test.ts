import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import { makeDraft } from "../messages/draft-message.ts";
import type { TemplateName } from "../messages/template-names.ts";
import { endConsentLinks } from "../sql/consent-links.ts";
import { readContact, saveContact } from "../sql/contacts.ts";
import { findMessage, queueMessage } from "../sql/messages.ts";
import { findParticipant } from "../sql/participants.ts";
import type { ContactWorld } from "../testing/contact-world.ts";
import { because, contactWorld } from "../testing/contact-world.ts";
import type { Sent } from "./contact.ts";
import { createContactActivities } from "./contact.ts";

const SILENT = "S2-0403";
const LAPSED = "S2-0413";
let world: ContactWorld;

before(async () => {
  world = await contactWorld();
  await query("update study.connection set status_since = now() - interval '3 days'");
});
after(() => world.stop());
beforeEach(async () => {
  await query("delete from study.message");
  world.sent.length = 0;
});

const query = (text: string, values: unknown[] = []) => world.database.owner.query(text, values);

async function person(shortId: string) {
  const found = await findParticipant(world.deps.db, shortId);
  assert.ok(found);
  return found;
}

async function draft(shortId: string, template: TemplateName, id = randomUUID()) {
  await makeDraft(world.deps, await person(shortId), { template, paragraph: "" }, "ola", id);
  return id;
}

/** Written and queued at once, with its undo window over. */
async function queued(shortId: string, template: TemplateName) {
  const id = await draft(shortId, template);
  await queueMessage(world.deps.db, { id, participant: shortId }, because);
  await query("update study.message set undo_until = now() where id = $1::uuid", [id]);
  return id;
}

const send = (message: string, deps = world.deps): Promise<Sent> =>
  new MockActivityEnvironment().run(createContactActivities(deps).sendMessage, { message });

async function assertTooLate(id: string, what: string) {
  assert.equal((await send(id)).detail, "out_of_date", what);
  const { status, statusReason } = (await findMessage(world.deps.db, id)) ?? {};
  assert.deepEqual(
    [status, statusReason, world.sent.length],
    ["cancelled", "out_of_date", 0],
    what,
  );
}

/** Sets the device's last sync to an hour of the day three days ago, or four. */
const syncedAt = (daysAgo: number, hour: number) =>
  query(
    `update study.device set last_sync_at =
       (date_trunc('day', now() at time zone 'Europe/Oslo') - make_interval(days => $2::int, hours => -$3::int))
         at time zone 'Europe/Oslo'
     where participant_id = (select id from study.participant where short_id = $1::text)`,
    [SILENT, daysAgo, hour],
  );

const card = {
  name: "Kari Nordmann",
  email: "kari@home.example",
  language: "en",
  emailConsent: true,
};

test("a message whose invitation was ended, used or has expired while it waited does not leave with a dead link", async () => {
  const { id: participantId } = await person(LAPSED);
  const ends: Record<string, () => Promise<unknown>> = {
    ended: () =>
      endConsentLinks(world.deps.db, { id: participantId, shortId: LAPSED }, new Date(), because),
    used: () => query("update study.consent_link set used_at = now() where used_at is null"),
    expired: () =>
      query(
        "update study.consent_link set made_at = made_at - interval '15 days', expires_at = expires_at - interval '15 days'",
      ),
    gone: () => query("delete from study.consent_link"),
  };
  for (const [what, end] of Object.entries(ends)) {
    const id = await queued(LAPSED, "consent_needed");
    await end();
    await assertTooLate(id, what);
    await query("delete from study.message");
  }
  assert.equal((await send(await queued(LAPSED, "consent_needed"))).outcome, "accepted");
});

test("a message that tells a last sync does not leave once that was on another day; an hour later changes no word", async () => {
  await syncedAt(4, 10);
  const id = await queued(SILENT, "inactive");
  await syncedAt(3, 10);
  await assertTooLate(id, "another day");
  const other = await queued(SILENT, "inactive");
  await syncedAt(3, 11);
  assert.equal((await send(other)).outcome, "accepted");
  await query("delete from study.message");
  const thanks = await queued(SILENT, "thanks");
  await syncedAt(4, 10);
  assert.equal((await send(thanks)).outcome, "accepted", "thanks tell no sync");
});

test("a message to whose card a name, an address or a language was corrected while it waited does not leave", async () => {
  const { id: participantId } = await person(SILENT);
  const whose = { id: participantId, shortId: SILENT };
  await saveContact(world.deps, whose, card, because);
  for (const change of [{ name: "Ola" }, { email: "new@home.example" }, { language: "nb" }]) {
    const id = await queued(SILENT, "thanks");
    await saveContact(world.deps, whose, { ...card, ...change }, because);
    await assertTooLate(id, Object.keys(change).join());
    await saveContact(world.deps, whose, card, because);
    await query("delete from study.message");
  }
});

test("a card corrected between the claim and the handing over keeps the message back, too", async () => {
  const whose = await person(SILENT);
  const id = await queued(SILENT, "thanks");
  const { db } = world.deps;
  const meanwhile = Object.create(db, {
    query: {
      value: async (text: string, values: unknown[]) => {
        const result = await db.query(text, values);
        if (text.includes("claim_message"))
          await saveContact(world.deps, whose, { ...card, name: "Ola" }, because);
        return result;
      },
    },
  });
  const { outcome } = await send(id, { ...world.deps, db: meanwhile });
  assert.deepEqual([outcome, await world.status(id), world.sent.length], ["wait", "queued", 0]);
  await assertTooLate(id, "claimed again");
});

test("a draft of more than a day, or one whose words are no longer so, cannot be sent, and says so", async () => {
  const whose = await person(SILENT);
  const stale: Record<string, () => Promise<unknown>> = {
    "a day old": () => query("update study.message set made_at = now() - interval '25 hours'"),
    "another card": () => saveContact(world.deps, whose, { ...card, name: "Ola" }, because),
  };
  for (const [what, change] of Object.entries(stale)) {
    const id = await draft(SILENT, "thanks");
    await change();
    await assert.rejects(
      queueMessage(world.deps.db, { id, participant: SILENT }, because),
      /write it anew/,
      what,
    );
    assert.equal(await world.status(id), "draft", what);
    await query("delete from study.message");
  }
});

test("a message begun before its card changed is written anew under the same id by who knew it", async () => {
  const whose = await person(SILENT);
  const id = await draft(SILENT, "thanks");
  await saveContact(world.deps, whose, { ...card, email: "moved@home.example" }, because);
  await draft(SILENT, "thanks", id);
  assert.equal(await queueMessage(world.deps.db, { id, participant: SILENT }, because), true);
  await query("update study.message set undo_until = now()");
  assert.equal((await send(id)).outcome, "accepted");
  const contact = await readContact(world.deps, whose.id);
  assert.equal(world.sent[0]?.to.email, contact?.email);
});
