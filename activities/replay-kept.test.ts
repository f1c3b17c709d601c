import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { quarantine } from "../bin/commands/quarantine.ts";
import { createGoogleHealth } from "../sources/google-health/google-health.ts";
import type { RejectedReading } from "../sources/source.ts";
import { storePage } from "../sql/samples.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { pageOf } from "../testing/pages.ts";
import { enrol } from "../testing/people.ts";
import { runCommand } from "../testing/run-command.ts";
import { replayKept } from "./replay-kept.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const NOON = Date.UTC(2026, 10, 20, 12);
const clock = () => new Date("2026-11-25T12:00:00Z");
const source = createGoogleHealth({ clock });
const replay = () => replayKept({ db: database.app, source, clock }, null);

/** A minute of 310 bpm as Google would send it, refused for its value. */
function refused(minute: number, reason: RejectedReading["reason"] = "implausible_value") {
  const startTime = new Date(NOON + minute * 60_000).toISOString();
  const payload = JSON.stringify({ startTime, heartRate: { beatsPerMinuteAvg: 310 } });
  return { reason, detail: "value is outside the plausible range", payload };
}

async function keep(shortId: string, rejected: readonly RejectedReading[]): Promise<number> {
  const id = await enrol(database.app, shortId, { enrolledOn: "2026-11-20", timeZone: "UTC" });
  const owner = { participantId: id, seriesId: 1, workflowRunId: "run" };
  await storePage(database.app, owner, { ...pageOf([], []), rejected });
  return id;
}

async function stored(participantId: number): Promise<Record<number, number>> {
  const { rows } = await database.app.query<{ minute: number; value: number }>(
    `select ((extract(epoch from time) * 1000 - $2::float8) / 60000)::int as minute, value
     from study.sample where participant_id = $1::int order by time`,
    [participantId, NOON],
  );
  return Object.fromEntries(rows.map(({ minute, value }) => [minute, value]));
}

async function plausibleUpTo(bpm: number): Promise<void> {
  await database.owner.query("update study.metric set plausible_max = $1 where id = 1", [bpm]);
}

test("a refused reading stays refused while the rule stands, and is stored once it fits; again changes nothing", async () => {
  const id = await keep("K-1", [refused(0), refused(1)]);
  assert.deepEqual(await replay(), { stored: 0, overtaken: 0, refusedAgain: 2 });
  await plausibleUpTo(320);
  assert.deepEqual(await replay(), { stored: 2, overtaken: 0, refusedAgain: 0 });
  assert.deepEqual(await stored(id), { 0: 3100, 1: 3100 });
  const { rows } = await database.app.query(
    "select received_minutes from study.ledger_metric where participant_id = $1::int",
    [id],
  );
  assert.deepEqual(rows, [{ received_minutes: 2 }]);
  assert.deepEqual(await replay(), { stored: 0, overtaken: 0, refusedAgain: 0 });
  await plausibleUpTo(300);
});

test("a reading that came later is not overwritten by the one that was refused before", async () => {
  const id = await keep("K-2", [refused(0)]);
  const owner = { participantId: id, seriesId: 1, workflowRunId: "run" };
  await storePage(database.app, owner, pageOf([NOON], [720]));
  await plausibleUpTo(320);
  assert.deepEqual(await replay(), { stored: 0, overtaken: 1, refusedAgain: 0 });
  assert.deepEqual(await stored(id), { 0: 720 });
  await plausibleUpTo(300);
});

test("what was cut when it was kept, and what was decided rather than faulty, is not made a sample", async () => {
  const cut = { ...refused(0), payload: '{"startTime":"2026-11-20T12:00:0' };
  const id = await keep("K-3", [
    cut,
    refused(1, "outside_window"),
    refused(2, "duplicate_conflict"),
  ]);
  await plausibleUpTo(320);
  assert.deepEqual(await replay(), { stored: 0, overtaken: 0, refusedAgain: 1 });
  assert.deepEqual(await stored(id), {});
  await plausibleUpTo(300);
});

test("by command: what lies there is listed by reason, and a replay says what came of it", async (t) => {
  const run = (...args: string[]) => runCommand(t, database, quarantine, ...args);
  assert.match(
    await run("list", "--study", "test"),
    /test, heart_rate, implausible_value: 4 kept, 3 of them replayed, last seen 20/,
  );
  assert.match(await run("replay"), /^0 readings stored, 0 overtaken by newer ones, 1 refused/);
  assert.match(await run("list", "--study", "other"), /Nothing lies in quarantine/);
  await assert.rejects(run("empty"), /usage: .* quarantine list/);
});
