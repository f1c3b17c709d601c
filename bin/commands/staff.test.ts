import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../../testing/database.ts";
import { testDatabase } from "../../testing/database.ts";
import { enrol } from "../../testing/people.ts";
import { runCommand } from "../../testing/run-command.ts";
import { staff } from "./staff.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  await enrol(database.app, "P-1");
});
after(() => database.stop());

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
  const { rows } = await database.app.query<{ action: string }>(
    "select action from audit.entry where entity = 'kari' order by seq",
  );
  assert.deepEqual(
    rows.map(({ action }) => action),
    ["staff.add", "staff.link", "staff.disable", "staff.enable", "staff.end_sessions"],
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
