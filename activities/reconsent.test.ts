import assert from "node:assert/strict";
import { test } from "node:test";
import { listToAsk } from "../sql/campaign-turns.ts";
import { setDoNotContact } from "../sql/contacts.ts";
import { cancelMessage, readBody } from "../sql/messages.ts";
import { changeState } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import { only } from "../sql/pool.ts";
import { listStudies } from "../sql/studies.ts";
import { campaignWorld, LAPSED, NEVER, PARTLY } from "../testing/campaign-world.ts";
import { because } from "../testing/contact-world.ts";

const { world, query, begin, pick, turn, written, sendAll, daysPass } = campaignWorld();

test("S10: a campaign asks who never consented and whose grant lapsed or lacks a part, and nobody who took it back or left", async () => {
  const [study] = await listStudies(world().deps.db);
  assert.ok(study);
  const would = await listToAsk(world().deps.db, study, "google-health", 100);
  assert.deepEqual(
    would.map(({ participant, cause, refusals }) => [participant, cause, refusals.join()]),
    [
      [NEVER, "never", ""],
      [LAPSED, "lapsed", ""],
      [PARTLY, "partly", ""],
    ],
  );
  const campaign = await begin();
  assert.equal(await pick(campaign), 3);
  const { invited, leftOut, undecided, more } = await turn(campaign);
  assert.deepEqual([invited, leftOut, undecided, more], [3, 0, 3, false]);
  assert.deepEqual(await written(), [
    `${NEVER} consent_first queued`,
    `${LAPSED} consent_needed queued`,
    `${PARTLY} consent_needed queued`,
  ]);
});

test("who has data from exports of the old Fitbit API and no grant here is asked as such", async () => {
  await query(
    `with day as (
       insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
       select id, '2026-11-01', '2026-10-31 23:00Z', '2026-11-01 23:00Z', 1440, 900, now()
       from study.participant where short_id = $1::text returning participant_id, day
     )
     insert into study.ledger_metric (participant_id, day, series_id, received_minutes, content_hash)
     select d.participant_id, d.day, x.id, 900, '\\x00' from day d
     cross join lateral (select id from study.series where source = 'fitabase' order by id limit 1) x`,
    [NEVER],
  );
  await pick(await begin());
  const { rows } = await query(
    `select q.cause from study.consent_campaign_person q join study.participant p on p.id = q.participant_id
     where p.short_id = $1::text`,
    [NEVER],
  );
  await query("delete from study.ledger where day = '2026-11-01'");
  assert.equal(only(rows, "row").cause, "imported");
});

test("each invitation carries a link of its own and is handed over once, however often a turn is tried again", async () => {
  const campaign = await begin();
  await pick(campaign);
  await turn(campaign);
  await pick(campaign);
  await turn(campaign);
  await sendAll();
  await turn(campaign);
  const links = world().sent.map(({ text }) => /consent\?\S+/.exec(text)?.[0] ?? "");
  assert.equal(world().sent.length, 3);
  assert.equal(new Set(links).size, 3);
  assert.ok(links.every((link) => link.length > 40));
  assert.equal(new Set(world().sent.map(({ to }) => to.email)).size, 3);
});

test("a worker that dies between noting, making and queueing a message writes nobody twice", async () => {
  const campaign = await begin();
  await pick(campaign);
  let dies = true;
  const startContact = async () => {
    if (dies) throw new Error("killed");
  };
  await assert.rejects(turn(campaign, { ...world().deps, startContact }));
  // The first is queued and its workflow was not started; another is reserved, drafted and not queued.
  await query(
    "update study.message set status = 'draft' where id = (select id from study.message limit 1)",
  );
  dies = false;
  await turn(campaign, { ...world().deps, startContact });
  assert.deepEqual(
    (await written()).map((line) => line.split(" ")[0]),
    [NEVER, LAPSED, PARTLY],
  );
  await sendAll();
  assert.equal(world().sent.length, 3);
});

test("a reminder goes after a week to who has not decided, once, and is the last", async () => {
  const campaign = await begin();
  await pick(campaign);
  await turn(campaign);
  await sendAll();
  await daysPass(6);
  assert.equal((await turn(campaign)).reminded, 0);
  const said = await findParticipant(world().deps.db, PARTLY);
  await query(
    "insert into study.consent_event (participant_id, at, what) values ($1::int, now(), 'denied')",
    [said?.id],
  );
  await daysPass(2);
  assert.equal((await turn(campaign)).reminded, 2);
  await sendAll();
  assert.equal(world().sent.length, 5);
  await daysPass(20);
  const { invited, reminded, undecided } = await turn(campaign);
  assert.deepEqual([invited, reminded, undecided], [0, 0, 2]);
});

test("who may not be written to is left out with the reason and looked at again; who was taken back is left alone", async () => {
  const person = await findParticipant(world().deps.db, LAPSED);
  assert.ok(person);
  const refuse = (reason: string | null) =>
    setDoNotContact(world().deps.db, { id: person.id, shortId: LAPSED, reason }, because);
  await refuse("asked by phone");
  const campaign = await begin();
  await pick(campaign);
  const first = await turn(campaign);
  assert.deepEqual([first.invited, first.leftOut], [2, 1]);
  const { rows } = await query(
    "select refusals from study.consent_campaign_person where refusals <> ''",
  );
  assert.equal(only(rows, "row").refusals, "do_not_contact");
  await refuse(null);
  assert.equal((await turn(campaign)).invited, 1);
  const { rows: waiting } = await query(
    "select id from study.message where participant_id = $1::int",
    [person.id],
  );
  const id = only(waiting, "message").id;
  await cancelMessage(world().deps.db, { id, participant: LAPSED }, because);
  const after = await turn(campaign);
  assert.deepEqual([after.invited, after.undecided], [0, 2]);
});

test("S79: whoever withdraws between the invitation and its sending is not written to", async () => {
  const campaign = await begin();
  await pick(campaign);
  await turn(campaign);
  await changeState(world().deps.db, { shortId: PARTLY, verb: "withdraw" }, because);
  await sendAll();
  await world().database.owner.query(
    "update study.participant set state = 'active', ended_on = null where short_id = $1",
    [PARTLY],
  );
  assert.equal(world().sent.length, 2);
  assert.ok((await written()).includes(`${PARTLY} consent_needed cancelled`));
});

test("an invitation says what it is about and holds no health data", async () => {
  const campaign = await begin();
  await pick(campaign);
  await turn(campaign);
  const person = await findParticipant(world().deps.db, NEVER);
  const { rows } = await query("select id from study.message where participant_id = $1::int", [
    person?.id,
  ]);
  const owner = { id: only(rows, "message").id, participantId: person?.id ?? 0 };
  const body = await readBody(world().deps, owner);
  assert.match(body?.subject ?? "", /decide whether the study may read/);
  assert.match(body?.text ?? "", /cannot read your tracker's data yet/);
});
