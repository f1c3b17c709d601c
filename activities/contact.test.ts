import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import { eraseContact, saveContact, setDoNotContact } from "../sql/contacts.ts";
import { takeEvents } from "../sql/message-events.ts";
import { cancelMessage, findMessage, queueMessage } from "../sql/messages.ts";
import { changeState } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import type { ContactWorld } from "../testing/contact-world.ts";
import { because, contactWorld, emailOf } from "../testing/contact-world.ts";
import type { Sent } from "./contact.ts";
import { createContactActivities } from "./contact.ts";

const WHO = "S2-0403";
let world: ContactWorld;

before(async () => {
  world = await contactWorld();
});
after(() => world.stop());
beforeEach(async () => {
  await world.database.app.query("delete from study.message");
  world.sent.length = 0;
  world.answer({ status: "accepted", providerMessageId: "x" });
});

const send = (message: string, deps = world.deps): Promise<Sent> => {
  const { sendMessage } = createContactActivities(deps);
  return new MockActivityEnvironment().run(sendMessage, { message });
};

test("a message whose time has come goes to the one address, as it was previewed, and is accepted", async () => {
  const id = await world.queued(WHO);
  assert.equal((await send(id)).outcome, "accepted");
  assert.equal(await world.status(id), "accepted");
  assert.deepEqual([world.sent.length, world.sent[0]?.to.email], [1, emailOf(WHO)]);
  assert.match(world.sent[0]?.unsubscribeUrl ?? "", new RegExp(`m=${id}&s=`));
});

test("before its undo window is over it waits, and taken back it never goes", async () => {
  const id = await world.draft(WHO);
  await queueMessage(world.deps.db, { id, participant: WHO }, because);
  const { outcome, waitMs } = await send(id);
  assert.equal(outcome, "wait");
  assert.ok(waitMs > 100_000 && waitMs <= 120_000, String(waitMs));
  assert.equal(await cancelMessage(world.deps.db, { id, participant: WHO }, because), true);
  assert.equal((await send(id)).outcome, "cancelled");
  assert.equal(world.sent.length, 0);
});

/** What may happen between the click and the sending; each undoes itself. */
const changes: Record<string, (id: number) => Promise<() => Promise<unknown>>> = {
  withdrawn: async () => {
    await changeState(world.deps.db, { shortId: WHO, verb: "withdraw" }, because);
    return () =>
      world.database.owner.query(
        "update study.participant set state = 'active', ended_on = null where short_id = $1",
        [WHO],
      );
  },
  state: async (id) => {
    await changeState(world.deps.db, { shortId: WHO, verb: "pause" }, because);
    return async () => {
      await changeState(world.deps.db, { shortId: WHO, verb: "resume" }, because);
      // Else nobody is inactive for the time in which they were paused.
      await world.database.owner.query(
        "delete from study.participant_state_change where participant_id = $1::int and at > now() - interval '1 hour'",
        [id],
      );
    };
  },
  do_not_contact: async (id) => {
    await setDoNotContact(world.deps.db, { id, shortId: WHO, reason: "asked by phone" }, because);
    return () => setDoNotContact(world.deps.db, { id, shortId: WHO, reason: null }, because);
  },
  no_email_consent: async (id) => {
    await contactOf(id, false);
    return () => contactOf(id, true);
  },
  no_address: async (id) => {
    await eraseContact(world.deps.db, { id, shortId: WHO }, because);
    return () => contactOf(id, true);
  },
  not_true: () =>
    swap(
      "update study.device set last_sync_at = last_sync_at + interval '50 hours' where participant_id = $1",
      "update study.device set last_sync_at = last_sync_at - interval '50 hours' where participant_id = $1",
    ),
  our_fault: () =>
    swap(
      "insert into study.pipeline_fault (study_id, began_at, reason) select study_id, now(), 'test' from study.participant where id = $1",
      "delete from study.pipeline_fault where study_id = (select study_id from study.participant where id = $1)",
    ),
};

async function swap(change: string, back: string) {
  const { id } = await person();
  await world.database.owner.query(change, [id]);
  return () => world.database.owner.query(back, [id]);
}

async function person() {
  const found = await findParticipant(world.deps.db, WHO);
  assert.ok(found);
  return found;
}

const contactOf = (id: number, emailConsent: boolean) =>
  saveContact(
    world.deps,
    { id, shortId: WHO },
    { name: "Kari", email: emailOf(WHO), language: "en", emailConsent },
    because,
  );

test("S79, T20: whatever forbids a message between the click and the sending stops it, and its state says why", async () => {
  const { id: participantId } = await person();
  for (const [reason, change] of Object.entries(changes)) {
    const id = await world.queued(WHO);
    const undo = await change(participantId);
    const { outcome } = await send(id);
    await undo();
    assert.equal(outcome, "cancelled", reason);
    const message = await findMessage(world.deps.db, id);
    assert.match(message?.statusReason ?? "", new RegExp(reason), reason);
    await world.database.app.query("delete from study.message");
  }
  assert.equal(world.sent.length, 0);
});

test("within 24 hours of a message no other goes, nor a third in four days, nor a fifth in ten", async () => {
  const sentBefore = async (...hours: number[]) => {
    await world.database.app.query("delete from study.message");
    for (const each of hours) {
      await world.database.app.query(
        `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at,
           status_at, sent_at)
         select gen_random_uuid(), id, 'thanks', '1', current_date - $2::int, 'delivered', 'test', now(), now(),
           now() - make_interval(hours => $2::int)
         from study.participant where short_id = $1::text`,
        [WHO, each],
      );
    }
    const outcome = await send(await world.queued(WHO));
    return outcome.detail;
  };
  assert.equal(await sentBefore(23), "cool_down_24h");
  assert.equal(await sentBefore(26, 90), "cool_down_4d");
  assert.equal(await sentBefore(26, 100, 150, 200), "cool_down_10d");
  assert.equal(await sentBefore(26, 100, 150), "handed over");
});

test("of two messages of one participant that come due at once one goes", async () => {
  const ids = [await world.queued(WHO), await world.queued(WHO, "thanks")];
  const outcomes = await Promise.all(ids.map((id) => send(id)));
  assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ["accepted", "cancelled"]);
  assert.equal(world.sent.length, 1);
});

test("T27: when a worker dies with the message in hand it is unknown and is never handed over again", async () => {
  const id = await world.queued(WHO);
  world.answer(new Error("killed"));
  await assert.rejects(send(id));
  world.answer({ status: "accepted", providerMessageId: "x" });
  assert.equal((await send(id)).outcome, "unknown");
  assert.equal((await send(id)).outcome, "unknown");
  assert.equal(world.sent.length, 1);
  const report = { provider: "sendgrid", eventId: "e1", messageId: id, kind: "delivered" } as const;
  await takeEvents(world.deps.db, [{ ...report, at: new Date(), doNotContact: null }]);
  assert.equal(await world.status(id), "delivered");
});

test("a message that has certainly not left goes back to its queue and goes later; a silence is unknown", async () => {
  const id = await world.queued(WHO);
  world.answer({ status: "retry", reason: "no connection", afterSeconds: 60 });
  assert.deepEqual([(await send(id)).waitMs, await world.status(id)], [60_000, "queued"]);
  world.answer({ status: "unknown", reason: "silence" });
  assert.deepEqual([(await send(id)).outcome, await world.status(id)], ["unknown", "unknown"]);
  assert.equal((await send(id)).outcome, "unknown");
  assert.equal(world.sent.length, 2);
});

test("a refused message has failed and says so in fixed words", async () => {
  const id = await world.queued(WHO);
  world.answer({ status: "rejected", reason: "the server answered 550" });
  assert.equal((await send(id)).outcome, "failed");
  assert.equal((await findMessage(world.deps.db, id))?.statusReason, "the server answered 550");
});

test("S75: when a minute is full, in all or for one domain, the next message waits", async () => {
  const people = ["S2-0403", "S2-0401", "S2-0402"];
  for (const limits of [
    { perMinute: 2, perDomain: 9 },
    { perMinute: 9, perDomain: 2 },
  ]) {
    await world.database.app.query("delete from study.mail_pace");
    await world.database.app.query("delete from study.message");
    const outcomes: string[] = [];
    for (const participant of people) {
      const id = await world.queued(participant, "thanks");
      outcomes.push((await send(id, { ...world.deps, ...limits })).outcome);
    }
    assert.deepEqual(outcomes, ["accepted", "accepted", "wait"]);
  }
});

test("in the participant's quiet hours a message waits for their end, by their own clock", async () => {
  const { rows } = await world.database.app.query<{ until: string; outside: null; over: string }>(
    `select study.quiet_until(p.id, '2026-11-25 22:30Z', '21:00', '08:00') as until,
       study.quiet_until(p.id, '2026-11-25 12:00Z', '21:00', '08:00') as outside,
       study.quiet_until(p.id, '2027-03-27 23:30Z', '21:00', '08:00') as over
     from study.participant p where p.short_id = $1::text`,
    [WHO],
  );
  // Oslo: an hour ahead of UTC, two from the night of 28 March 2027 on.
  assert.deepEqual(
    [rows[0]?.until, rows[0]?.outside, rows[0]?.over].map((at) => at && new Date(at).toISOString()),
    ["2026-11-26T07:00:00.000Z", null, "2027-03-28T06:00:00.000Z"],
  );
});

test("a message whose text was erased, or whose address no library may see, has failed and nothing is handed over", async () => {
  const { id: participantId } = await person();
  const erased = await world.queued(WHO);
  await world.deps.db.query("delete from pii.message_body where message_id = $1::uuid", [erased]);
  assert.equal((await send(erased)).detail, "its text was erased");
  await world.database.app.query("delete from study.message");
  const name = "Kari\r\nBcc: eve@evil.example";
  const card = { name, email: emailOf(WHO), language: "en", emailConsent: true };
  await saveContact(world.deps, { id: participantId, shortId: WHO }, card, because);
  const bent = await world.queued(WHO);
  const { outcome, detail } = await send(bent);
  await contactOf(participantId, true);
  assert.deepEqual([outcome, detail], ["failed", "the name cannot stand in a header"]);
  assert.deepEqual([await world.status(bent), world.sent.length], ["failed", 0]);
});
