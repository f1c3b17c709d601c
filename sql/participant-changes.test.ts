import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { enrol } from "../testing/people.ts";
import {
  changeState,
  moveParticipant,
  readParticipantHistory,
  STATE_VERBS,
  stateVerbs,
  verbsFrom,
} from "./participant-changes.ts";
import { findParticipant } from "./participants.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const because = { by: "ola", why: "protocol 1.2" };
const newest = async () =>
  (
    await database.app.query(
      "select actor, action, entity, reason, detail from audit.entry order by seq desc limit 1",
    )
  ).rows[0];

test("the table of transitions is the design's, who has completed may still withdraw, and no other is possible", async () => {
  const states = ["invited", "active", "paused", "withdrawn", "completed"] as const;
  assert.deepEqual(Object.fromEntries(states.map((state) => [state, verbsFrom(state)])), {
    invited: ["activate", "withdraw"],
    active: ["pause", "withdraw", "complete"],
    paused: ["resume", "withdraw", "complete"],
    withdrawn: [],
    completed: ["withdraw"],
  });
  for (const state of states) {
    for (const verb of STATE_VERBS) {
      const shortId = `T-${state}-${verb}`;
      await enrol(database.app, shortId, { state });
      const change = changeState(database.app, { shortId, verb }, because);
      if (verbsFrom(state).includes(verb)) await change;
      else await assert.rejects(change, /cannot/);
      const to = verbsFrom(state).includes(verb) ? stateVerbs[verb].to : state;
      assert.equal((await findParticipant(database.app, shortId))?.state, to, shortId);
    }
  }
});

test("a participant's states are a history of spans without holes, each change with who and why", async () => {
  await enrol(database.app, "H-1", because);
  await changeState(
    database.app,
    { shortId: "H-1", verb: "pause" },
    { by: "kari", why: "surgery" },
  );
  assert.deepEqual(await newest(), {
    actor: "kari",
    action: "participant.pause",
    entity: "H-1",
    reason: "surgery",
    detail: { from: "active", to: "paused" },
  });
  await changeState(database.app, { shortId: "H-1", verb: "resume" }, because);
  const last = { shortId: "H-1", verb: "complete", lastDay: "2026-11-20" } as const;
  await assert.rejects(
    changeState(database.app, { ...last, lastDay: "2026-10-31" }, because),
    /before enrolment/,
  );
  await changeState(database.app, last, because);
  assert.equal((await findParticipant(database.app, "H-1"))?.endedOn, "2026-11-20");
  const { states } = await readParticipantHistory(database.app, "H-1");
  assert.deepEqual(
    states.map(({ from, to, by, why }) => [from, to, by, why]),
    [
      [null, "active", "ola", "protocol 1.2"],
      ["active", "paused", "kari", "surgery"],
      ["paused", "active", "ola", "protocol 1.2"],
      ["active", "completed", "ola", "protocol 1.2"],
    ],
  );
  const { rows } = await database.app.query(
    `select state, isfinite(from_at) as begun, isfinite(until_at) as ended,
       from_at = lag(until_at) over (order by from_at) as joined
     from study.participant_state_span
     where participant_id = (select id from study.participant where short_id = 'H-1') order by from_at`,
  );
  assert.deepEqual(rows, [
    { state: "active", begun: false, ended: true, joined: null },
    { state: "paused", begun: true, ended: true, joined: true },
    { state: "active", begun: true, ended: true, joined: true },
    { state: "completed", begun: true, ended: false, joined: true },
  ]);
});

test("two who pause at once make one change", async () => {
  await enrol(database.app, "H-2");
  const tries = await Promise.allSettled(
    ["a", "b", "c"].map((by) =>
      changeState(database.app, { shortId: "H-2", verb: "pause" }, { by, why: "at once" }),
    ),
  );
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal((await readParticipantHistory(database.app, "H-2")).states.length, 2);
});

test("a move appends to the zones, opens the days it changed again of who is read, and never rewrites", async () => {
  const id = await enrol(database.app, "Z-1", { enrolledOn: "2026-11-01" });
  await database.app.query(
    `with day as (
       insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
       select $1::int, d.day, d.starts_at, d.ends_at, 1440, 0, now()
       from study.local_days($1::int, '2026-11-01', '2026-11-03') d returning *)
     insert into study.ledger_metric (participant_id, day, series_id, received_minutes, content_hash, read_at, stable_since, final_at)
     select participant_id, day, 1, 0, '', ends_at, ends_at, ends_at from day`,
    [id],
  );
  await database.app.query(
    `insert into study.connection (participant_id, source, status, status_reason, status_since)
     values ($1::int, 'google-health', 'active', 'consent given', now())`,
    [id],
  );
  const from = new Date("2026-11-02T12:00:00Z");
  const move = { shortId: "Z-1", timeZone: "America/New_York", from };
  assert.equal(await moveParticipant(database.app, move, because), null, "they are read again");
  const { rows } = await database.app.query(
    "select day from study.ledger_metric where participant_id = $1::int and final_at is not null",
    [id],
  );
  assert.deepEqual(rows, [{ day: "2026-11-01" }]);
  const { action, detail } = await newest();
  assert.deepEqual(
    [action, detail.field, detail.days_reopened],
    ["participant.move", "time_zone", 2],
  );
  assert.ok(
    !JSON.stringify(detail).includes("New_York"),
    "where a person is, is nobody's to read here",
  );
  await assert.rejects(moveParticipant(database.app, move, because), /Z-1 is in America/);
  await assert.rejects(
    moveParticipant(
      database.app,
      { shortId: "Z-1", timeZone: "Asia/Tokyo", from: new Date("2026-11-02T11:00:00Z") },
      because,
    ),
    /must be after 2026-11-02T12:00/,
  );
  const { zones } = await readParticipantHistory(database.app, "Z-1");
  assert.deepEqual(zones, [
    { from: null, timeZone: "Europe/Oslo" },
    { from, timeZone: "America/New_York" },
  ]);
});

test("the history of those enrolled before there was one begins with what was known", async () => {
  const file = new URL("./migrations/0012_participant_states.sql", import.meta.url);
  const text = await readFile(file, "utf8");
  const fills = text.match(/^insert into study\.participant_state_change[\s\S]*?;$/gm) ?? [];
  assert.equal(fills.length, 2);
  await enrol(database.app, "B-1");
  await enrol(database.app, "B-2", { state: "paused" });
  await database.owner.query("delete from study.participant_state_change");
  for (const fill of fills) await database.owner.query(fill);
  const statesOf = async (shortId: string) =>
    (await readParticipantHistory(database.app, shortId)).states.map(({ from, to }) => [from, to]);
  assert.deepEqual(await statesOf("B-1"), [[null, "active"]]);
  assert.deepEqual(await statesOf("B-2"), [
    [null, "active"],
    ["active", "paused"],
  ]);
});
