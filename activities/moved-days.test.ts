import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ledger } from "../bin/commands/ledger.ts";
import { participant } from "../bin/commands/participant.ts";
import { dropChunks } from "../sql/maintenance.ts";
import { settleMovedDays } from "../sql/moved-days.ts";
import { changeState, moveParticipant } from "../sql/participant-changes.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { HOUR, judgedPerson, minutesBetween } from "../testing/judged-person.ts";
import { runCommand } from "../testing/run-command.ts";
import { judgeMoved } from "./moved-days.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const because = { by: "ola", why: "they never lived by UTC" };
const FIRST = Date.parse("2026-11-02T00:00Z");
/** Hours of each day in which something was measured. */
const WORN = [
  [0, 20],
  [8, 20],
  [0, 24],
  [0, 12],
] as const;
const NOW = new Date(FIRST + 20 * 24 * HOUR);
const AFTER_ALL = { timeZone: "America/New_York", from: new Date(FIRST - 12 * HOUR) };

/** Somebody whose four days in UTC were read to their end, and who withdrew long ago. */
async function withdrawn(shortId: string) {
  const person = await judgedPerson(database.app, {
    shortId,
    enrolledOn: "2026-11-02",
    timeZone: "UTC",
  });
  for (const [day, [from, to]] of WORN.entries()) {
    const midnight = FIRST + day * 24 * HOUR;
    await person.measure(minutesBetween(midnight + from * HOUR, midnight + to * HOUR));
  }
  const end = FIRST + 4 * 24 * HOUR;
  await person.sync(end + HOUR, 80, end + HOUR);
  await person.run(end + 2 * HOUR);
  await person.run(end + 9 * HOUR);
  const left = { shortId, verb: "withdraw", lastDay: "2026-11-05" } as const;
  await changeState(database.app, left, because);
  await database.app.query(
    `update study.participant_state_change set at = '2026-11-20T00:00Z'
     where participant_id = $1::int and to_state = 'withdrawn'`,
    [person.id],
  );
  return person;
}

async function daysOf(shortId: string) {
  const { rows } = await database.app.query(
    `select d.day::text as day, extract(hour from d.starts_at at time zone 'UTC')::int as hour, d.heart_rate_minutes as minutes,
       d.final, d.state, l.starts_at = d.starts_at and l.ends_at = d.ends_at as as_settled
     from reporting.participant_day d
     join study.participant p on p.short_id = d.participant
     join study.ledger l on l.participant_id = p.id and l.day = d.day
     where d.participant = $1::text and d.day <= '2026-11-05' order by d.day`,
    [shortId],
  );
  return rows.map(({ day, hour, minutes, final, state, as_settled: asSettled }) => {
    assert.ok(asSettled, `${day} is judged within the bounds it was settled in`);
    return [day, hour, minutes, final, state];
  });
}

const BEFORE = [
  ["2026-11-02", 0, 1200, true, "valid"],
  ["2026-11-03", 0, 720, true, "valid"],
  ["2026-11-04", 0, 1440, true, "valid"],
  ["2026-11-05", 0, 720, true, "valid"],
];
/** The last day reaches five hours beyond what was read to its end. */
const AFTER = [
  ["2026-11-02", 5, 900, true, "valid"],
  ["2026-11-03", 5, 1020, true, "valid"],
  ["2026-11-04", 5, 1440, true, "valid"],
  ["2026-11-05", 5, 420, false, "withdrawn"],
];

test("a zone corrected of somebody who is read no more moves, counts and judges their days, and what was proven stays final", async () => {
  const { id } = await withdrawn("M-1");
  assert.deepEqual(await daysOf("M-1"), BEFORE);
  const moved = await moveParticipant(database.app, { shortId: "M-1", ...AFTER_ALL }, because);
  assert.deepEqual(
    moved?.settled.slice(0, 4),
    AFTER.map(([day]) => day),
  );
  await judgeMoved(database.app, NOW);
  assert.deepEqual(await daysOf("M-1"), AFTER);
  assert.deepEqual(await judgeMoved(database.app, NOW), { participants: 0, days: 0 });
  assert.deepEqual(await settleMovedDays(database.app, id), { settled: [], left: [] });
});

test("the command says what became of the days of who is read no more, and it is so", async (t) => {
  await withdrawn("M-2");
  const { timeZone, from } = AFTER_ALL;
  const zone = ["--time-zone", timeZone, "--from", from.toISOString()];
  const said = await runCommand(t, database, participant, "move", "M-2", ...zone, "--why", "wrong");
  assert.match(said, /Nothing is read of them now: the \d days .* counted and judged anew/);
  assert.deepEqual(await daysOf("M-2"), AFTER);
});

test("a sleep goes to the local day it ends in by the corrected zone", async () => {
  const { id } = await withdrawn("M-3");
  await database.app.query(
    `insert into study.session (participant_id, series_id, provider_session_id, starts_at, ends_at, day, kind, main,
       minutes_asleep, minutes_in_bed, seen_at)
     values ($1::int, 1020, 'n', '2026-11-03T20:00Z', '2026-11-04T04:00Z', '2026-11-04', 'sleep', true, 400, 480, now())`,
    [id],
  );
  await moveParticipant(database.app, { shortId: "M-3", ...AFTER_ALL }, because);
  await judgeMoved(database.app, NOW);
  const { rows } = await database.app.query(
    "select day from study.session where participant_id = $1::int",
    [id],
  );
  assert.deepEqual(rows, [{ day: "2026-11-03" }]);
});

test("a move that was killed before its days were counted is made good by the command that judges all", async (t) => {
  const { id } = await withdrawn("M-5");
  await database.app.query(
    "insert into study.participant_zone (participant_id, from_at, time_zone) values ($1::int, $2::timestamptz, $3::text)",
    [id, AFTER_ALL.from, AFTER_ALL.timeZone],
  );
  await runCommand(t, database, ledger, "--participant", "M-5");
  assert.deepEqual(await daysOf("M-5"), AFTER);
});

test("days whose samples are kept no longer stay as they were counted and judged, and the others with them", async (t) => {
  await withdrawn("M-4");
  await dropChunks(database.owner, new Date("2026-11-04T00:00Z"));
  const { timeZone, from } = AFTER_ALL;
  const zone = ["--time-zone", timeZone, "--from", from.toISOString()];
  const said = await runCommand(t, database, participant, "move", "M-4", ...zone, "--why", "wrong");
  assert.match(said, /no longer kept, so all of these stay as they were counted/);
  assert.deepEqual(await judgeMoved(database.app, NOW), { participants: 0, days: 0 });
  assert.deepEqual(await daysOf("M-4"), BEFORE);
});
