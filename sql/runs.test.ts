import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { enrol } from "../testing/people.ts";
import type { ParticipantState } from "./participants.ts";
import type { RunOutcome } from "./runs.ts";
import { readCoverage, storeRun } from "./runs.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const now = new Date("2026-11-25T12:00:00Z");
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

type Person = Readonly<{
  state?: ParticipantState;
  connection?: string;
  connectedHours?: number;
  run?: readonly [outcome: RunOutcome, hours: number];
}>;

async function add(shortId: string, person: Person): Promise<void> {
  const { state = "active", connection = "active", connectedHours = 100, run } = person;
  const id = await enrol(database.app, shortId, { state });
  await database.app.query(
    `insert into study.connection (participant_id, source, status, status_reason, status_since)
     values ($1::int, 'google-health', $2::text, 'test', $3::timestamptz)`,
    [id, connection, hoursAgo(connectedHours)],
  );
  if (run === undefined) return;
  const [outcome, hours] = run;
  const at = hoursAgo(hours);
  await storeRun(database.app, {
    ...{ workflowId: shortId, runId: shortId, participantId: id, outcome, detail: "test" },
    ...{ scheduledAt: at, startedAt: at, finishedAt: at, inserted: 0, updated: 0, quarantined: 0 },
  });
}

test("overdue are those who could be read for a day and were not to the end; nobody else is expected", async () => {
  await add("R-1", { run: ["complete", 25] });
  await add("R-2", { run: ["complete", 27] });
  await add("R-3", { run: ["partial", 1] });
  await add("R-4", {});
  await add("R-5", { connectedHours: 5 });
  await add("R-6", { connection: "reconsent_needed" });
  await add("R-7", { state: "paused" });
  assert.deepEqual(await readCoverage(database.app, now), { expected: 4, overdue: 3 });
});
