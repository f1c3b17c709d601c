import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { after, before, test } from "node:test";
import { fault } from "../bin/commands/fault.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { seeded } from "../testing/pages.ts";
import { runCommand } from "../testing/run-command.ts";
import type { Refused } from "./connections.ts";
import { refuseConnection } from "./connections.ts";
import { listPipelineFaults } from "./pipeline-faults.ts";
import { readIngestHealth } from "./runs.ts";
import { ensureStudy } from "./studies.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const NOON = Date.parse("2026-11-20T12:00:00Z");
const at = (minutes: number) => new Date(NOON + minutes * 60_000);
const SOURCE = "google-health";

/** A study with so many connected, active participants; answers their ids. */
async function study(slug: string, participants: number): Promise<number[]> {
  const because = { by: "a test", why: "to test" };
  const studyId = await ensureStudy(database.app, { slug, name: slug, settings: {}, ...because });
  const { rows } = await database.app.query<{ id: number }>(
    `with enrolled as (
       insert into study.participant (study_id, short_id, state, enrolled_on)
       select $1::int, $2::text || '-' || n, 'active', date '2026-11-01' from generate_series(1, $3::int) n
       returning id
     )
     insert into study.connection (participant_id, source, status, status_reason, status_since)
     select id, $4::text, 'active', 'consent given', timestamptz '2026-11-01' from enrolled
     returning participant_id as id`,
    [studyId, slug, participants, SOURCE],
  );
  return rows.map(({ id }) => id);
}

const refuse = (id: number, minutes: number, status: Refused["status"] = "reconsent_needed") =>
  refuseConnection(database.app, id, SOURCE, {
    status,
    reason: "the provider refused",
    foundFrom: at(minutes - 1),
    at: at(minutes),
  });

async function statuses(ids: readonly number[]): Promise<Record<string, number>> {
  const { rows } = await database.app.query<{ status: string; n: number }>(
    `select status, count(*)::int as n from study.connection where participant_id = any ($1::int[])
     group by status`,
    [ids],
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}

test("five refusals within an hour are five participants' own; the sixth shows that they are nobody's, and all are taken back", async () => {
  const ids = await study("small", 24);
  const six = ids.slice(0, 6);
  const said: string[] = [];
  for (const [index, id] of six.entries()) said.push(await refuse(id, index * 10));
  assert.deepEqual(said, [...Array.from({ length: 5 }, () => "changed"), "held"]);
  assert.deepEqual(await statuses(ids), { active: 24 });
  const { rows } = await database.app.query(
    "select distinct status_reason, status_since from study.connection where participant_id = any ($1::int[])",
    [ids],
  );
  assert.deepEqual(rows, [
    { status_reason: "consent given", status_since: new Date("2026-11-01T00:00:00Z") },
  ]);
  const [open] = await listPipelineFaults(database.app, "small");
  assert.deepEqual([open?.held, open?.endedAt], [6, null]);
  assert.equal(open?.reason, "6 of 24 connections refused within an hour");
  assert.deepEqual((await readIngestHealth(database.app)).faultyStudies, ["small"]);
});

test("while the fault is open nobody's state changes, each is one episode, and another study goes on", async (t) => {
  const ids = (
    await database.app.query<{ id: number }>(
      "select p.id from study.participant p join study.study s on s.id = p.study_id where s.slug = 'small' order by p.id",
    )
  ).rows.map(({ id }) => id);
  for (const minutes of [100, 200, 1500])
    for (const id of ids.slice(0, 10)) assert.equal(await refuse(id, minutes), "held");
  assert.deepEqual(await statuses(ids), { active: 24 });
  const { rows } = await database.app.query(
    "select count(*)::int as n from study.connection_event",
  );
  assert.deepEqual(rows, [{ n: 10 }]);
  const [other = 0] = await study("other", 1);
  assert.equal(await refuse(other, 100), "changed");
  assert.match(await command(t, "list"), /small: .*6 of 24 .*; 10 held back; open/);
});

test("ops end the fault, with a reason on record; from then on a refusal is believed again", async (t) => {
  await assert.rejects(command(t, "end", "small"), /why/i);
  await command(t, "end", "small", "--why", "client secret had been rotated");
  await assert.rejects(command(t, "end", "small", "--why", "twice"), /No pipeline fault is open/);
  assert.deepEqual((await readIngestHealth(database.app)).faultyStudies, []);
  const { rows } = await database.app.query<{ id: number }>(
    "select id from study.participant where short_id = 'small-1'",
  );
  assert.equal(await refuse(rows[0]?.id ?? 0, 60 * 24 * 3), "changed");
  assert.match(await command(t, "list"), /ended .* by command:ola/);
});

test("in a large study two in a hundred is the limit, and refusals hours apart never add up", async () => {
  const ids = await study("large", 400);
  for (const [index, id] of ids.slice(0, 8).entries())
    assert.equal(await refuse(id, index), "changed");
  assert.equal(await refuse(ids[8] ?? 0, 9), "held", "the ninth of 400 is more than 2 %");
  assert.deepEqual(await statuses(ids), { active: 400 });
  const slow = await study("slow", 24);
  for (const [index, id] of slow.entries()) assert.equal(await refuse(id, index * 13), "changed");
  assert.deepEqual(await statuses(slow), { reconsent_needed: 24 });
});

test("the same refusal again, in whatever order and however many at once, is no second episode", async () => {
  const random = seeded(5);
  const ids = await study("again", 24);
  const five = ids.slice(0, 5);
  const asks = Array.from({ length: 40 }, () => five[Math.floor(random() * 5)] ?? 0);
  await Promise.all([...five, ...asks].map((id) => refuse(id, 5)));
  assert.deepEqual(await statuses(ids), { active: 19, reconsent_needed: 5 });
  assert.deepEqual(await listPipelineFaults(database.app, "again"), []);
});

const command = (t: TestContext, ...args: string[]) => runCommand(t, database, fault, ...args);
