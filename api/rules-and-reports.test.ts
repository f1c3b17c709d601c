import assert from "node:assert/strict";
import { createSign } from "node:crypto";
import { after, beforeEach, test } from "node:test";
import { readContact } from "../sql/contacts.ts";
import { takeEvents } from "../sql/message-events.ts";
import { findMessage } from "../sql/messages.ts";
import { findParticipant } from "../sql/participants.ts";
import { permutations } from "../testing/permutations.ts";
import { idOf, startContactPages, WHO } from "./contact-pages-for-tests.ts";

const { world, app, started, privateKey, get, post, change, draft, audited } =
  await startContactPages();
after(() => world.stop());
const { db, cipher } = world.deps;
const why = "protocol 1.2";
beforeEach(async () => {
  await db.query("delete from study.message");
  started.length = 0;
});

test("the page says whom the rules would write to, about what and when, and the way there", async () => {
  const page = await (await get("/rules")).text();
  assert.match(page, new RegExp(`<a href="/participants/${WHO}/write">Write to ${WHO}</a>`));
  assert.match(page, /No sync for two days[\s\S]*for you to send[\s\S]*now/);
  assert.doesNotMatch(page, /undefined|null|NaN/);
});

test("rules, hold and calls are changed with a reason and audited; without one nothing is", async () => {
  const changes = [
    ["/rules/sleep-2", { inactive: "send" }, "rules.change"],
    ["/rules/sleep-2/hold", { wish: "hold" }, "messages.hold"],
    ["/rules/sleep-2/hold", { wish: "release" }, "messages.release"],
    [`/participants/${WHO}/called`, {}, "participant.call"],
  ] as const;
  for (const [path, values, action] of changes) {
    assert.equal((await post(path, values)).status, 422, path);
    const made =
      action === "rules.change"
        ? await change(path, { ...values, why }, "/rules")
        : await post(path, { ...values, why });
    assert.equal(made.status, 303, path);
    const { rows } = await db.query(
      "select actor, reason from audit.entry where action = $1::text",
      [action],
    );
    assert.deepEqual(rows, [{ actor: "demo coordinator", reason: why }], action);
  }
  const page = await (await get("/rules")).text();
  assert.match(page, /the rule sends it/);
  assert.equal((await post("/rules/none", { why })).status, 404);
});

test("the effect of each template is counted over what left, and what stayed in the outbox is not in it", async () => {
  await db.query(
    `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at,
       status_at, sent_at, mailer, followed_24h, followed_48h)
     select gen_random_uuid(), p.id, 'inactive', '1', current_date - n, 'delivered', 'test', now(), now(),
       now() - make_interval(days => n), case when n = 4 then 'outbox' else 'smtp' end, n = 1, n < 3
     from study.participant p, generate_series(1, 4) n where p.short_id = $1::text`,
    [WHO],
  );
  const page = await (await get("/rules")).text();
  assert.match(page, /data-label="Left" class="num">3<[\s\S]*33 % of 3[\s\S]*67 % of 3/);
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
  await change(`/participants/${WHO}/contact`, { ...moved, language: "en" });
  assert.match(await (await get(path)).text(), /wants no messages/);
  await post(`/participants/${WHO}/contact/refusal`, { wish: "some", why: "called us" });
});

test("T12: the provider's signed reports move a message; forged and replayed ones are refused, counted and audited, and cannot fill the audit", async () => {
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
  assert.equal(await audited("report.refused"), 1, "the first of the hour");
  for (let sent = forgeries.length; sent < 120; sent += 1)
    assert.equal((await deliver({ ...good, signature: "AAAA" })).status, 401);
  assert.equal(await audited("report.refused"), 3, "the first, the tenth, the hundredth");
  const counted = await db.query("select sum(times)::int as times from study.report_refusal");
  assert.deepEqual(counted.rows, [{ times: 120 }]);
  assert.equal((await deliver(good)).status, 204);
  assert.equal((await deliver(good)).status, 204, "the same again changes nothing");
  assert.equal((await findMessage(db, idOf(path)))?.status, "delivered");
});

/** A message of WHO's that has left. */
async function leftMessage(): Promise<string> {
  await db.query("delete from study.message");
  const id = idOf(await draft());
  await db.query("update study.message set status = 'accepted', sent_at = now()");
  return id;
}

test("T11: in whichever of the 24 orders its four reports come, a message ends bounced and its person unwritten to", async () => {
  const kinds = ["accepted", "other", "delivered", "bounced"] as const;
  for (const order of permutations(kinds)) {
    const messageId = await leftMessage();
    for (const kind of order) {
      const doNotContact = kind === "bounced" ? "bounce" : null;
      const eventId = `${messageId}-${kind}`;
      const event = {
        provider: "sendgrid",
        eventId,
        messageId,
        kind,
        at: new Date(),
        doNotContact,
      };
      await takeEvents(db, [event]);
    }
    assert.equal((await findMessage(db, messageId))?.status, "bounced", order.join());
    assert.equal(await refusal(), "bounce", order.join());
    await post(`/participants/${WHO}/contact/refusal`, { wish: "some", why });
  }
});

test("a late bounce says nothing of an address that was corrected since; a complaint is about the person", async () => {
  const reports = [
    { kind: "bounced", doNotContact: "the address does not take mail (bounce)", refused: null },
    {
      kind: "unsubscribed",
      doNotContact: "reported a message as spam",
      refused: "reported a message as spam",
    },
  ] as const;
  for (const { kind, doNotContact, refused } of reports) {
    const messageId = await leftMessage();
    const email = `right.${kind}@home.example`;
    await change(`/participants/${WHO}/contact`, { email, why: "was mistyped" });
    const report = { provider: "sendgrid", eventId: `late ${kind}`, messageId, kind, doNotContact };
    assert.equal(await takeEvents(db, [{ ...report, at: new Date() }]), 1);
    assert.equal(await refusal(), refused);
    const status = kind === "bounced" ? "bounced" : "accepted";
    assert.equal((await findMessage(db, messageId))?.status, status);
  }
  await post(`/participants/${WHO}/contact/refusal`, { wish: "some", why });
});

test("T10: a report that comes 46 times has one effect, and one of no message of ours has none", async () => {
  const messageId = await leftMessage();
  const event = { provider: "sendgrid", eventId: "e", messageId, kind: "delivered" } as const;
  const all = Array(46).fill({ ...event, at: new Date(), doNotContact: null });
  assert.equal(await takeEvents(db, all), 1);
  const stranger = { ...event, messageId: "00000000-0000-4000-8000-000000000000", eventId: "f" };
  assert.equal(await takeEvents(db, [{ ...stranger, at: new Date(), doNotContact: "x" }]), 0);
});
