import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeAudit } from "../../sql/audit.ts";
import { deleteEmptyStudy, deleteParticipant } from "../../sql/deletion.ts";
import { only } from "../../sql/pool.ts";
import { findStaff } from "../../sql/staff.ts";
import type { TestDatabase } from "../../testing/database.ts";
import { testDatabase } from "../../testing/database.ts";
import { enrol } from "../../testing/people.ts";
import { runCommand } from "../../testing/run-command.ts";
import { exportAudit, verifyAudit } from "./audit.ts";
import { staff } from "./staff.ts";
import { token } from "./token.ts";

let database: TestDatabase;
let folder = "";
before(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "wearflow-audit-"));
  await enrol(database.app, "P-1");
});
after(async () => {
  await database.stop();
  await rm(folder, { recursive: true });
});

const entry = { actor: "ola", action: "contact.read", entity: "P-1", reason: "to write" };

test("verify-audit notes the head it found and misses it when the audit was cut off; a log's heads count too", async (t) => {
  const env = { DATA_DIR: folder };
  const run = (...args: string[]) => runCommand(t, database, verifyAudit, { env, args });
  assert.match(await run(), /The audit is whole: 0 entries/);
  for (let each = 0; each < 3; each += 1) await writeAudit(database.app, entry);
  assert.match(await run(), /3 entries, 0 noted heads found\.\nHead: 3:[0-9a-f]{64}/);
  assert.match(await readFile(join(folder, "audit-heads"), "utf8"), /Z 3:[0-9a-f]{64}\n$/);
  assert.match(await run(), /3 entries, 1 noted heads found/);
  const log = join(folder, "worker.log");
  await writeFile(log, `{"msg":"audit head 2:${"ab".repeat(32)}"}\n`);
  await assert.rejects(run("--heads", log), /tampered with: 1 findings/);
  await assert.rejects(run("--heads", join(folder, "none")), /there is no file/);
});

test("export-audit gives every entry once, in order, with its hash", async (t) => {
  const run = (...args: string[]) => runCommand(t, database, exportAudit, { env: {}, args });
  const lines = (await run()).split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ seq }) => seq),
    [1, 2, 3],
  );
  assert.match(lines[0].hash, /^[0-9a-f]{64}$/);
  assert.equal((await run("--after", "2")).split("\n").length, 1);
});

const why = ["--why", "joined the team"];

test("staff is added with a role and a site, gets a link, is listed, shut out and let in, and each is audited", async (t) => {
  const run = (...args: string[]) => runCommand(t, database, staff, ...args);
  const said = await run("add", "Ola", "--role", "coordinator", "--site", "test/Oslo", ...why);
  assert.match(said, /ola is coordinator at test\/Oslo\.\n.*\/sign-in\/link\?token=[\w-]{43}$/);
  await run("add", "kari", "--role", "researcher", ...why);
  await run("disable", "kari", ...why);
  assert.equal(
    await run("list"),
    "kari: researcher, shut out\nola: coordinator at test/Oslo, no password yet",
  );
  await run("enable", "kari", ...why);
  assert.match(await run("end-sessions", "kari", ...why), /0 sessions/);
  assert.equal(
    await run("change", "kari", "--role", "coordinator", "--site", "all", ...why),
    "kari is coordinator.",
  );
  const { rows } = await database.app.query<{ action: string }>(
    "select action from audit.entry where entity = 'kari' order by seq",
  );
  assert.deepEqual(
    rows.map(({ action }) => action),
    [
      "staff.add",
      "staff.link",
      "staff.disable",
      "staff.enable",
      "staff.end_sessions",
      "staff.change",
    ],
  );
});

test("a token is shown once, listed by name, and taken back; what cannot be one is refused", async (t) => {
  const run = (...args: string[]) => runCommand(t, database, token, ...args);
  const made = await run("make", "kari", "--name", "R notebook", "--scope", "read,run", ...why);
  assert.match(made, /^Token R notebook of kari \(read, run\), good for 90 days.*\nwf_[\w-]{43}$/);
  await assert.rejects(run("make", "kari", "--name", "R notebook", ...why), /already/);
  await assert.rejects(run("make", "nobody", "--name", "x", ...why), /nobody here/);
  await assert.rejects(run("make", "kari", "--name", "x", "--days", "400", ...why), /1 to 366/);
  await assert.rejects(run("make", "kari", "--name", "x", "--scope", "all", ...why), /--scope/);
  await run("revoke", "kari", "--name", "R notebook", ...why);
  await assert.rejects(run("revoke", "kari", "--name", "R notebook", ...why), /no token/);
  assert.match(
    await run("list"),
    /^kari\/R notebook: read, run, taken back, until \S+, never used$/,
  );
});

test("what cannot be is refused in words", async (t) => {
  const run = (...args: string[]) => runCommand(t, database, staff, ...args);
  await assert.rejects(run("add", "x1", "--role", "boss", ...why), /--role must be one of/);
  await assert.rejects(run("add", "x1", "--role", "coordinator", ...why), /needs --site/);
  const nowhere = ["--role", "coordinator", "--site", "test/Nowhere"];
  await assert.rejects(run("add", "x1", ...nowhere, ...why), /no site Nowhere/);
  await assert.rejects(
    run("add", "x1", "--role", "ops", "--site", "all", ...why),
    /only a coordin/,
  );
  await assert.rejects(run("add", "ola", "--role", "ops", ...why), /already/);
  await assert.rejects(run("add", "Ola N", "--role", "ops", ...why), /A login is/);
  await assert.rejects(run("disable", "ola"), /why/i);
  await assert.rejects(run("link", "nobody", ...why), /no member of staff/);
});

test("when a study goes, who was bound to a site of it is shut out and never reaches every site", async () => {
  const { rows } = await database.owner.query<{ id: number; study: number }>(
    "select id, study_id as study from study.participant where short_id = 'P-1'",
  );
  const { id, study } = only(rows, "participant");
  await deleteParticipant(database.owner, id);
  await deleteEmptyStudy(database.owner, study);
  const ola = await findStaff(database.app, "ola");
  assert.notEqual(ola?.disabledAt, null);
});
