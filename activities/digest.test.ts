import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { createOutbox } from "../mail/mailer.ts";
import { setDigestEmail } from "../sql/digests.ts";
import { addStaff } from "../sql/staff.ts";
import { because, contactWorld } from "../testing/contact-world.ts";
import { persist } from "../testing/persist.ts";
import { createDigestActivities } from "./digest.ts";

const world = await contactWorld();
after(() => world.stop());
const { db } = world.deps;
const { sendDigests } = createDigestActivities(world.deps);
const oslo = { study: "sleep-2", name: "Oslo" };
const leeds = { study: "sleep-2", name: "Leeds" };
const staff = [
  { login: "all", role: "coordinator", site: null },
  { login: "oslo", role: "coordinator", site: oslo },
  { login: "leeds", role: "coordinator", site: leeds },
  { login: "ops", role: "ops", site: null },
  { login: "gone", role: "admin", site: null },
  { login: "quiet", role: "admin", site: null },
] as const;
for (const person of staff) {
  await addStaff(db, person, because);
  const { login } = person;
  if (login !== "quiet")
    await setDigestEmail(db, { login, email: `${login}@clinic.example` }, because);
}
await db.query("update pii.staff set disabled_at = now() where login = 'gone'");
// A device at Leeds has not synced for days either, and somebody's consent lapsed long ago.
await db.query(
  `update study.device d set last_sync_at = now() - interval '60 hours' from study.participant p
   where p.id = d.participant_id and p.short_id = 'S2-0405'`,
);
await db.query(
  `update study.ingest_run set outcome = 'complete' where participant_id in
     (select id from study.participant where short_id = 'S2-0405')`,
);
await db.query("update study.connection set status_since = now() - interval '9 hours'");
beforeEach(async () => {
  await db.query("delete from pii.digest");
  world.sent.length = 0;
  world.answer({ status: "accepted", providerMessageId: "x" });
});

const send = async () => (await persist(sendDigests, { day: null })).result;
const to = (login: string) =>
  world.sent.find(({ to: { email } }) => email === `${login}@clinic.example`);

test("everybody who asked for it gets one a day, however often and however many at a time it is sent", async () => {
  const rounds = await Promise.all([send(), send(), send()]);
  assert.deepEqual(
    rounds.map((round) => round?.readers),
    [4, 4, 4],
  );
  await send();
  assert.deepEqual(world.sent.map(({ to: { email } }) => email.split("@")[0]).sort(), [
    "all",
    "leeds",
    "ops",
    "oslo",
  ]);
});

test("it holds counts and links, and no name, no id, no address of a participant and no measured value", async () => {
  await send();
  const { subject = "", text = "", html = "" } = to("all") ?? {};
  assert.match(subject, /^Wearflow: \d things wait for you today$/);
  assert.match(text, /SLEEP-2 trial\n- /);
  assert.match(
    text,
    /3 participants have not synced for too long\n {2}https:\/\/wearflow\.example\/participants\?state=inactive\n/,
  );
  assert.match(text, /1 participant has to consent again/);
  assert.match(text, /1 participant has taken the permission back: talk to them/);
  assert.doesNotMatch(subject + text + html, /S2-04|Kari|home\.example|%|minutes/);
  assert.equal(to("all")?.unsubscribeUrl, null);
});

test("who is bound to a site is told of that site only, and of nobody's elsewhere", async () => {
  await send();
  assert.match(to("oslo")?.text ?? "", /2 participants have not synced/);
  assert.match(to("leeds")?.text ?? "", /1 participant has not synced/);
  assert.doesNotMatch(to("leeds")?.text ?? "", /consent again/);
});

test("while a fault of ours is open it says that, and nothing about participants", async () => {
  await db.query(
    "insert into study.pipeline_fault (study_id, began_at, reason) select id, now(), 'test' from study.study",
  );
  await send();
  await db.query("delete from study.pipeline_fault");
  for (const { text } of world.sent) {
    assert.match(text, /1 fault of ours or the provider’s is open/);
    assert.doesNotMatch(text, /synced|consent/);
  }
});

test("what has certainly not left is tried again with the same words; what may have left never is", async () => {
  world.answer({ status: "retry", reason: "away", afterSeconds: 60 });
  assert.equal((await send())?.waiting, 4);
  const first = world.sent.map(({ key, text }) => key + text).sort();
  world.sent.length = 0;
  await db.query(
    "insert into study.message_hold (study_id, held_at, held_by, reason) select id, now(), 'x', 'x' from study.study",
  );
  world.answer({ status: "unknown", reason: "silence" });
  assert.equal((await send())?.unknown, 4);
  await db.query("delete from study.message_hold");
  assert.deepEqual(world.sent.map(({ key, text }) => key + text).sort(), first);
  world.sent.length = 0;
  assert.equal((await send())?.before, 4);
  assert.deepEqual(world.sent, []);
});

test("a worker that dies with a digest in hand sends it to nobody twice", async () => {
  world.answer(new Error("killed"));
  await persist(sendDigests, { day: null });
  world.answer({ status: "accepted", providerMessageId: "x" });
  await send();
  const all = world.sent.map(({ to: { email } }) => email);
  assert.deepEqual([...new Set(all)].sort(), [...all].sort());
});

test("without a mail server it stays in the outbox, and the audit holds no address", async () => {
  const outbox = createDigestActivities({ ...world.deps, mailer: createOutbox() });
  await persist(outbox.sendDigests, { day: null });
  const { rows } = await db.query("select distinct status, mailer from pii.digest");
  assert.deepEqual(rows, [{ status: "accepted", mailer: "outbox" }]);
  const audit = await db.query(
    "select detail, reason from audit.entry where action = 'staff.digest'",
  );
  assert.equal(audit.rows.length, 5);
  assert.doesNotMatch(JSON.stringify(audit.rows), /clinic\.example/);
});
