import assert from "node:assert/strict";
import { createSign } from "node:crypto";
import { after, beforeEach, test } from "node:test";
import { readContact } from "../sql/contacts.ts";
import { findMessage } from "../sql/messages.ts";
import { findParticipant } from "../sql/participants.ts";
import { idOf, startContactPages, WHO } from "./contact-pages-for-tests.ts";

const { world, app, privateKey, get, post, draft, audited } = await startContactPages();
after(() => world.stop());
const { db, cipher } = world.deps;
beforeEach(async () => {
  await db.query("delete from study.message");
});

/** Why WHO is not written to; null where they may be. */
async function refusal(): Promise<string | null> {
  const person = await findParticipant(db, WHO);
  assert.ok(person);
  return (await readContact({ db, cipher }, person.id))?.doNotContactReason ?? null;
}

test("S76: one click on the link in a message ends all messages, also to another address; a made-up link ends none", async () => {
  const path = await draft();
  const html = await (await get(`${path}/body`)).text();
  const link = /href="([^"]*\/unsubscribe[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const { pathname, search } = new URL(link);
  const forged = await app.request(`${pathname}${search}x`, { method: "POST" });
  assert.equal(forged.status, 410);
  assert.equal((await get(`${pathname}${search}`)).status, 200);
  assert.equal(await refusal(), null, "looking ends nothing");
  const clicked = await app.request(`${pathname}${search}`, {
    method: "POST",
    body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }),
  });
  assert.equal(clicked.status, 200);
  assert.equal(await refusal(), "unsubscribed");
  const moved = { name: "Kari", email: "new@home.example", consent: "yes", why: "moved" };
  await post(`/participants/${WHO}/contact`, { ...moved, language: "en" });
  assert.match(await (await get(path)).text(), /wants no messages/);
  await post(`/participants/${WHO}/contact/refusal`, { wish: "some", why: "called us" });
});

test("T12: the provider's signed reports move a message; forged and replayed ones are refused and audited", async () => {
  const path = await draft();
  await db.query("update study.message set status = 'accepted', sent_at = now()");
  const seconds = Math.floor(Date.now() / 1000);
  const report = (event: string, timestamp = seconds, at = timestamp) => {
    const raw = JSON.stringify([
      { event, timestamp: at, sg_event_id: event, message_key: idOf(path) },
    ]);
    const signature = createSign("sha256").update(`${timestamp}${raw}`).sign(privateKey, "base64");
    return { raw, signature, timestamp: String(timestamp) };
  };
  const deliver = ({ raw, signature, timestamp }: ReturnType<typeof report>) =>
    app.request("/mail/events/sendgrid", {
      method: "POST",
      body: raw,
      headers: {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
      },
    });
  const good = report("delivered");
  const forgeries = [
    { ...good, signature: report("bounce").signature },
    { ...good, raw: good.raw.replace("delivered", "bounce") },
    report("bounce", seconds - 3600),
  ];
  for (const forgery of forgeries) assert.equal((await deliver(forgery)).status, 401);
  assert.equal((await findMessage(db, idOf(path)))?.status, "accepted");
  assert.equal(await audited("report.refused"), forgeries.length);
  assert.equal((await deliver(good)).status, 204);
  assert.equal((await deliver(good)).status, 204, "the same again changes nothing");
  assert.equal((await findMessage(db, idOf(path)))?.status, "delivered");
});
