import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Database } from "./database.ts";
import { startDatabase } from "./database.ts";
import { listenOnLoopback } from "./ports.ts";

const folder = mkdtempSync(join(tmpdir(), "wearflow-database-"));
const dataDir = join(folder, "db");

after(() => rmSync(folder, { recursive: true }));

async function connect(database: Database): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url("wearflow_owner") });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function run(database: Database, ...statements: readonly string[]) {
  const client = await connect(database);
  let rows: Record<string, unknown>[] = [];
  for (const sql of statements) ({ rows } = await client.query(sql));
  await client.end();
  return rows;
}

test("a folder is opened by one process, survives its graceful stop, and takes hypertable rows after reopening", async () => {
  const first = await startDatabase({ dataDir });
  await run(
    first,
    "create schema s",
    "create table s.m (time timestamptz not null, v int)",
    "select create_hypertable('s.m', by_range('time'))",
    "create table s.acked (n int primary key)",
  );
  await assert.rejects(startDatabase({ dataDir }), (error: Error) => {
    assert.match(error.message, /already open in process \d+ .*lock file.*stop that process/);
    return error.message.includes(String(first.pid));
  });
  await first.stop();
  assert.ok(!existsSync(`${dataDir}.lock`));
  const second = await startDatabase({ dataDir });
  const rows = await run(
    second,
    "insert into s.m values (now(), 1)",
    "select time_bucket('1 day', time) as day, count(*)::int as n from s.m group by 1",
  );
  assert.equal(rows[0]?.["n"], 1);
  await second.stop();
});

/** A small generator of its own, so that a failure can be repeated from the printed seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

test("kill -9 at any moment loses no acknowledged row and leaves nothing that stops the next start", async (t) => {
  const seed = Number(process.hrtime.bigint() % 1_000_000n);
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  let acknowledged = 0;
  for (let round = 0; round < 3; round += 1) {
    const database = await startDatabase({ dataDir });
    const client = await connect(database);
    const { rows } = await client.query("select count(*)::int as n, max(n) as m from s.acked");
    assert.ok(rows[0].n >= acknowledged, `round ${round}: ${rows[0].n} of ${acknowledged} rows`);
    acknowledged = rows[0].n;
    const killed = sleep(50 + random() * 400).then(() => database.kill());
    try {
      for (;;) {
        await client.query("insert into s.acked select coalesce(max(n), 0) + 1 from s.acked");
        acknowledged += 1;
      }
    } catch {
      await killed;
    }
    assert.ok(existsSync(`${dataDir}.lock`), "the killed process left its lock");
  }
  const database = await startDatabase({ dataDir });
  const rows = await run(database, "select count(*)::int as n, max(n) as m from s.acked");
  assert.ok(Number(rows[0]?.["n"]) >= acknowledged);
  assert.equal(rows[0]?.["n"], rows[0]?.["m"]);
  await database.stop();
});

test("a statement that breaks PGlite ends the process with its reason, and the next start has every row", async () => {
  const database = await startDatabase({ dataDir });
  const [before] = await run(database, "select count(*)::int as n from s.acked");
  await assert.rejects(run(database, `select json '${"[".repeat(200_000)}'`));
  assert.equal((await database.exited).code, 1);
  assert.match(database.lastWords(), /cannot go on after a statement.*start it again/);
  const again = await startDatabase({ dataDir });
  assert.deepEqual((await run(again, "select count(*)::int as n from s.acked"))[0], before);
  await again.stop();
});

test("a lock whose pid now belongs to another process is taken over", async () => {
  writeFileSync(`${dataDir}.lock`, JSON.stringify({ pid: process.pid, start: "another boot 1" }));
  const database = await startDatabase({ dataDir });
  assert.match(readFileSync(`${dataDir}.lock`, "utf8"), new RegExp(`"pid":${database.pid}`));
  await database.stop();
});

test("a busy port, a folder of other things and a bad passwords file are told in one line", async () => {
  const server = createServer();
  const port = await listenOnLoopback(server, 0, "a test", "NOTHING");
  await assert.rejects(startDatabase({ dataDir, port }), {
    message: new RegExp(`Port ${port} is in use.*DATABASE_PORT.*`),
  });
  server.close();
  const other = join(folder, "other");
  mkdirSync(other);
  writeFileSync(join(other, "thesis.txt"), "");
  await assert.rejects(startDatabase({ dataDir: other }), {
    message: /holds files but no database/,
  });
  const passwordsFile = join(folder, "bad.json");
  writeFileSync(passwordsFile, "{}");
  await assert.rejects(startDatabase({ dataDir, passwordsFile }), { message: /bad\.json/ });
});

test("the database ends by itself, in good order, when the process that started it is killed", async () => {
  const script = `
    import { startDatabase } from ${JSON.stringify(new URL("database.ts", import.meta.url).href)};
    const { pid } = await startDatabase({ dataDir: process.argv[1] });
    console.log(pid);
    process.kill(process.pid, "SIGKILL");`;
  const args = ["--input-type=module", "-e", script, dataDir];
  assert.throws(() => execFileSync(process.execPath, args, { stdio: "pipe" }), {
    signal: "SIGKILL",
  });
  for (let waited = 0; existsSync(`${dataDir}.lock`); waited += 1) {
    assert.ok(waited < 100, "the lock was given back within 10 s");
    await sleep(100);
  }
});

test("a statement that never ends is ended with its process, and what was committed is there at the next start", async () => {
  const hung = join(folder, "hung");
  const lines: string[] = [];
  const database = await startDatabase({
    dataDir: hung,
    patience: { everyMs: 100, unanswered: 20 },
    onLine: (line) => lines.push(line),
  });
  await run(
    database,
    "create schema h",
    "create table h.kept (n int)",
    "insert into h.kept values (7)",
  );
  const client = await connect(database);
  const endless = client.query("do $$ begin loop end loop; end $$").catch((error: Error) => error);
  assert.equal((await database.exited).signal, "SIGKILL");
  assert.ok((await endless) instanceof Error);
  assert.ok(lines.includes("The embedded database no longer answers and is killed"));
  const again = await startDatabase({ dataDir: hung });
  assert.deepEqual(await run(again, "select n from h.kept"), [{ n: 7 }]);
  await again.stop();
});
