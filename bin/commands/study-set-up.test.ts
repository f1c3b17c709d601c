import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../../testing/database.ts";
import { testDatabase } from "../../testing/database.ts";
import { runCommand } from "../../testing/run-command.ts";
import type { Command } from "./installation.ts";
import { participant } from "./participant.ts";
import { study } from "./study.ts";

let database: TestDatabase;
let folder: string;
before(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "wearflow-set-up-"));
});
after(async () => {
  await rm(folder, { recursive: true });
  await database.stop();
});

const run = (t: TestContext, command: Command, ...args: string[]) =>
  runCommand(t, database, command, ...args);

const why = ["--why", "protocol 1.2"];

test("a study is made, changed and shown with every version's who, when and why", async (t) => {
  await run(t, study, "create", "sleep", "--name", "Sleep trial", "lowSleepHours=5.5", ...why);
  const said = await run(
    t,
    study,
    "set",
    "sleep",
    "validDayMinutes=480",
    "quietHours.from=22:00",
    ...why,
  );
  assert.match(
    said,
    /validDayMinutes: 600 → 480\n.*Version 2 holds from now on\. Schedules follow within 5 minutes/s,
  );
  assert.match(await run(t, study, "set", "sleep", "validDayMinutes=480"), /Nothing to change/);
  await run(t, study, "add-site", "sleep", "Oslo", ...why);
  await run(t, study, "add-arm", "sleep", "A", ...why);
  const shown = await run(t, study, "show");
  for (const part of [
    "sites: Oslo",
    "arms: A",
    "quietHours.from=22:00",
    "version 2, 20",
    "command:ola: protocol 1.2",
  ]) {
    assert.ok(shown.includes(part), part);
  }
});

test("an empty why, an unknown setting and a wrong value are refused in words", async (t) => {
  await assert.rejects(run(t, study, "set", "sleep", "ofDays=9", "--why", " "), /Say why/);
  await assert.rejects(run(t, study, "set", "sleep", "ofDays=9"), /Say why/);
  await assert.rejects(
    run(t, study, "set", "sleep", "ofDay=9", ...why),
    /ofDay is not a setting; there is .*ofDays/,
  );
  await assert.rejects(
    run(t, study, "set", "sleep", "ofDays=99", ...why),
    /ofDays must be a whole number from 1 to 30/,
  );
  await assert.rejects(
    run(t, study, "set", "nope", "ofDays=9", ...why),
    /no study nope; there is sleep/,
  );
  await assert.rejects(run(t, study, "paint"), /what to do\?/);
});

test("a participant is added, paused, resumed, moved, withdrawn and shown", async (t) => {
  const enrolment = ["--study", "sleep", "--time-zone", "Europe/Oslo", "--enrolled", "2026-11-01"];
  await run(
    t,
    participant,
    "add",
    "P-1",
    ...enrolment,
    "--site",
    "Oslo",
    "--state",
    "active",
    ...why,
  );
  assert.match(
    await run(t, participant, "add", "P-1", ...enrolment, "--site", "Oslo"),
    /enrolled so already/,
  );
  await assert.rejects(
    run(t, participant, "add", "P-2", ...enrolment, "--site", "Bergen", ...why),
    /site: “Bergen”/,
  );
  await assert.rejects(run(t, participant, "pause", "P-1"), /Say why/);
  await run(t, participant, "pause", "P-1", "--why", "surgery");
  await assert.rejects(
    run(t, participant, "pause", "P-1", ...why),
    /P-1 is paused: cannot pause; can resume/,
  );
  await run(t, participant, "resume", "P-1", ...why);
  await assert.rejects(
    run(t, participant, "move", "P-1", "--time-zone", "Mars/Base", ...why),
    /not a time zone/,
  );
  await run(
    t,
    participant,
    "move",
    "P-1",
    "--time-zone",
    "Asia/Tokyo",
    "--from",
    "2026-11-20T18:00+01:00",
    ...why,
  );
  assert.match(
    await run(t, participant, "withdraw", "P-1", ...why),
    /withdrawn now, last day .*; the data is kept/,
  );
  const shown = await run(t, participant, "show", "P-1");
  assert.match(
    shown,
    /from the beginning: Europe\/Oslo\n.*from 2026-11-20T17:00:00.000Z: Asia\/Tokyo/,
  );
  assert.match(shown, /active → paused, command:ola: surgery/);
});

test("a file is tried first: every problem of every line, and nobody is enrolled", async (t) => {
  const file = join(folder, "people.csv");
  const header = "id,time_zone,enrolled_on,site,arm,state\n";
  await writeFile(
    file,
    `${header}I-1,Europe/Oslo,2026-11-01,Oslo,A,\nI-2,Europe/Olso,2026-02-30,Bergen,,\nI-1,Europe/Oslo,2026-11-01,,,\n`,
  );
  const refused = run(t, participant, "import", file, "--study", "sleep", "--apply", ...why);
  await assert.rejects(
    refused,
    /4 problems; nobody was enrolled\n {2}line 3, time_zone: .*\n {2}line 3, enrolled_on: .*\n {2}line 3, site: .*\n {2}line 4, id: /,
  );
  await writeFile(
    file,
    `${header}I-1,Europe/Oslo,2026-11-01,Oslo,A,\nI-2,Asia/Kolkata,2026-11-02,,,active\n`,
  );
  assert.match(
    await run(t, participant, "import", file, "--study", "sleep"),
    /2 would be enrolled in sleep.*dry run/,
  );
  await assert.rejects(run(t, participant, "show", "I-1"), /no participant I-1/);
  await assert.rejects(
    run(t, participant, "import", file, "--study", "sleep", "--apply"),
    /Say why/,
  );
  assert.match(
    await run(t, participant, "import", file, "--study", "sleep", "--apply", ...why),
    /2 are enrolled/,
  );
  assert.match(
    await run(t, participant, "import", file, "--study", "sleep"),
    /2 are enrolled so already.*0 would be/s,
  );
  const { rows } = await database.app.query(
    "select actor, reason, detail->>'file_sha256' as hash from audit.entry order by seq desc limit 1",
  );
  assert.equal(rows[0].actor, "command:ola");
  assert.match(rows[0].hash, /^[0-9a-f]{64}$/);
});
