import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeAudit } from "../../sql/audit.ts";
import type { TestDatabase } from "../../testing/database.ts";
import { testDatabase } from "../../testing/database.ts";
import { runCommand } from "../../testing/run-command.ts";
import { exportAudit, verifyAudit } from "./audit.ts";

let database: TestDatabase;
let folder = "";
before(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "wearflow-audit-"));
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
