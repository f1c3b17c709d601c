import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import {
  CALL_AFTER,
  listCallsDue,
  listCandidates,
  noteCall,
  setHold,
  setRules,
} from "../sql/message-rules.ts";
import { findParticipant } from "../sql/participants.ts";
import { only } from "../sql/pool.ts";
import { listStudies } from "../sql/studies.ts";
import type { ContactWorld } from "../testing/contact-world.ts";
import { because, contactWorld } from "../testing/contact-world.ts";
import type { RulesApplied } from "./apply-rules.ts";
import type { Sent } from "./contact.ts";
import { createContactActivities } from "./contact.ts";

const STUDY = "sleep-2";
let world: ContactWorld;
const started: string[] = [];

before(async () => {
  world = await contactWorld();
});
after(() => world.stop());
beforeEach(async () => {
  const db = world.database.app;
  for (const table of ["message", "message_rule", "message_hold", "phone_call"]) {
    await db.query(`delete from study.${table}`);
  }
  started.length = 0;
});

const activities = () =>
  createContactActivities({
    ...world.deps,
    startContact: async ({ participant }) => void started.push(participant),
  });

const apply = (): Promise<RulesApplied> =>
  new MockActivityEnvironment().run(activities().applyMessageRules);

const send = (message: string): Promise<Sent> =>
  new MockActivityEnvironment().run(activities().sendMessage, { message });

async function candidates() {
  const [study] = await listStudies(world.deps.db);
  assert.ok(study);
  return listCandidates(world.deps.db, study, 100);
}

/** What became of earlier messages of somebody: whether each had an effect, the oldest first. */
async function sentBefore(participant: string, effects: readonly boolean[]): Promise<void> {
  for (const [index, followed] of effects.entries()) {
    await world.deps.db.query(
      `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at,
         status_at, sent_at, followed_24h, followed_48h)
       select gen_random_uuid(), id, 'inactive', '1', current_date - 30 + $2::int, 'delivered', 'test', now(), now(),
         now() - make_interval(days => 30 - $2::int), $3::boolean, $3::boolean
       from study.participant where short_id = $1::text`,
      [participant, index, followed],
    );
  }
}

test("what is true of somebody is proposed, the most urgent first, with why whoever is left out is", async () => {
  const all = await candidates();
  const free = all.filter(({ refusals }) => refusals.length === 0);
  assert.deepEqual(
    free.map(({ participant, template }) => [participant, template]),
    [
      ["S2-0403", "inactive"],
      ["S2-0406", "inactive"],
      ["S2-0402", "low_wear"],
    ],
  );
  assert.ok(!all.some(({ participant }) => participant === "S2-0408"), "nobody who has withdrawn");
});

/** A day of the last week of somebody becomes one that nobody could read, and is put back after. */
async function withDay<Answer>(
  participant: string,
  state: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const { db } = world.deps;
  const setTo = async (to: string) => {
    const { rows } = await db.query<{ before: string }>(
      `with day as (
         select j.participant_id, j.day, j.state as before from study.judged_day j
         join study.participant p on p.id = j.participant_id and p.short_id = $1::text
         order by j.day desc offset 4 limit 1
       )
       update study.judged_day j set state = $2::text from day
       where j.participant_id = day.participant_id and j.day = day.day returning day.before`,
      [participant, to],
    );
    return only(rows, "judged day").before;
  };
  const before = await setTo(state);
  try {
    return await work();
  } finally {
    await setTo(before);
  }
}

test("what a message says of somebody is what reporting.participant_flag says, for everybody and every flag", async () => {
  const { rows } = await world.deps.db.query<{ flags: string[]; grounds: string[] }>(
    `select array_remove(array[case when f.fresh and f.inactive then 'inactive' end,
         case when f.fresh and f.low_wear then 'low_wear' end, case when f.data_at_risk then 'data_at_risk' end], null) as flags,
       (select coalesce(array_agg(g.template order by array_position(array['inactive', 'low_wear', 'data_at_risk'], g.template)), '{}')
        from study.message_grounds(p.id, '{}', now()) g
        where g.template in ('inactive', 'low_wear', 'data_at_risk')) as grounds
     from reporting.participant_flag f join study.participant p on p.short_id = f.participant`,
  );
  for (const { flags, grounds } of rows) assert.deepEqual(grounds, flags);
  assert.deepEqual([...new Set(rows.flatMap(({ flags }) => flags))].sort(), [
    "inactive",
    "low_wear",
  ]);
});

test("no message about adherence rests on a window that holds a day of ours or one without a grant", async () => {
  const free = async () =>
    (await candidates())
      .filter(({ refusals }) => refusals.length === 0)
      .map(({ participant }) => participant);
  const before = await free();
  assert.ok(before.includes("S2-0402") && before.includes("S2-0403"));
  for (const state of ["pipeline_fault", "not_authorised"])
    for (const participant of ["S2-0402", "S2-0403"]) {
      const [refused] = await withDay(participant, state, async () =>
        (await candidates()).filter((one) => one.participant === participant),
      );
      assert.ok(refused?.refusals.includes("our_fault"), `${participant} ${state}`);
    }
  assert.deepEqual(await free(), before);
});

test("rules that nobody has switched to sending send nothing", async () => {
  assert.deepEqual(await apply(), { queued: 0, proposed: 3, leftOut: 0, held: 0 });
  assert.deepEqual(started, []);
});

test("a rule that sends queues one message each, which can be taken back, and the next turn none", async () => {
  await setRules(world.deps.db, STUDY, { inactive: "send" }, because);
  assert.deepEqual(await apply(), { queued: 2, proposed: 1, leftOut: 0, held: 0 });
  assert.deepEqual([...started].sort(), ["S2-0403", "S2-0406"]);
  assert.deepEqual(await apply(), { queued: 0, proposed: 1, leftOut: 2, held: 0 });
  const { rows } = await world.deps.db.query("select distinct status, made_by from study.message");
  assert.deepEqual(rows, [{ status: "queued", made_by: "rule" }]);
});

test("a rule that is off proposes nothing", async () => {
  await setRules(world.deps.db, STUDY, { low_wear: "off", inactive: "propose" }, because);
  assert.deepEqual(
    (await candidates()).map(({ template }) => template),
    ["inactive", "inactive"],
  );
  await assert.rejects(
    setRules(world.deps.db, STUDY, { low_wear: "off" }, because),
    /Nothing differs/,
  );
});

test("while all messages of a study are held, rules queue none and what is queued waits, and then goes", async () => {
  await setRules(world.deps.db, STUDY, { inactive: "send" }, because);
  const id = await world.queued("S2-0403");
  await setHold(world.deps.db, { study: STUDY, hold: true }, because);
  assert.equal((await apply()).held, 1);
  const { outcome, detail } = await send(id);
  assert.deepEqual([outcome, detail], ["wait", "all messages of the study are held"]);
  assert.equal(await world.status(id), "queued");
  await setHold(world.deps.db, { study: STUDY, hold: false }, because);
  assert.equal((await send(id)).outcome, "accepted");
});

test("S69: after two messages in a row without effect a person is to call, and no rule writes until they have", async () => {
  await setRules(world.deps.db, STUDY, { inactive: "send" }, because);
  const due = async () => (await listCallsDue(world.deps.db)).map(({ participant }) => participant);
  await sentBefore("S2-0403", [false, true, false]);
  assert.deepEqual(await due(), [], "one since the last that helped");
  await world.deps.db.query("delete from study.message");
  await sentBefore("S2-0403", Array(CALL_AFTER).fill(false));
  assert.deepEqual(await due(), ["S2-0403"]);
  await apply();
  assert.deepEqual(started, ["S2-0406"]);
  const person = await findParticipant(world.deps.db, "S2-0403");
  assert.ok(person);
  await noteCall(world.deps.db, person, because);
  assert.deepEqual(await due(), []);
  await apply();
  assert.deepEqual(started, ["S2-0406", "S2-0403"]);
});

test("S70, S71: the end of the study is told once to who has completed it, and never to who has left", async () => {
  const db = world.database.owner;
  const move = (id: string, state: string) =>
    db.query(
      "update study.participant set state = $2::text, ended_on = current_date where short_id = $1::text",
      [id, state],
    );
  await move("S2-0401", "completed");
  const ends = async () =>
    (await candidates())
      .filter(({ template }) => template === "study_end")
      .map(({ participant }) => participant);
  assert.deepEqual(await ends(), ["S2-0401"]);
  const id = await world.queued("S2-0401", "study_end");
  assert.equal((await send(id)).outcome, "accepted");
  assert.deepEqual(await ends(), []);
  await db.query(
    "update study.participant set state = 'active', ended_on = null where short_id = 'S2-0401'",
  );
});

test("a lapsed consent is written about after an hour, and not while the project's own grant is in doubt", async () => {
  const db = world.database.owner;
  const wanted = async () =>
    (await candidates())
      .filter(({ template }) => template === "consent_needed")
      .map(({ refusals }) => refusals);
  assert.deepEqual(await wanted(), []);
  await db.query(
    "update study.connection set status_since = now() - interval '61 minutes' where status <> 'active'",
  );
  assert.deepEqual(await wanted(), [[]], "whoever took it back is not asked again");
  const { rows } = await db.query<{ id: number }>("select id from study.study");
  const { id } = only(rows, "study");
  await db.query(
    "insert into study.pipeline_fault (study_id, began_at, reason) values ($1, now(), 'test')",
    [id],
  );
  assert.deepEqual(await wanted(), [["our_fault"]]);
  await db.query("delete from study.pipeline_fault");
  await db.query("update study.connection set status_since = now() where status <> 'active'");
});
