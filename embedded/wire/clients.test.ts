import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { needs } from "../../testing/requirements.ts";
import type { Database } from "../database.ts";
import { startDatabase } from "../database.ts";

const folder = mkdtempSync(join(tmpdir(), "wearflow-clients-"));
let database: Database;

before(async () => {
  database = await startDatabase({ dataDir: join(folder, "db"), idleInTransactionSeconds: 1 });
  await withClient(async (client) => {
    await client.query("create schema s; create table s.t (id int primary key, v text)");
    await client.query("grant usage on schema s to wearflow_app");
    await client.query("grant select, insert, update, delete on s.t to wearflow_app");
  });
});

after(async () => {
  await database?.stop();
  rmSync(folder, { recursive: true });
});

const owner = () => database.url("wearflow_owner");

async function open(url = owner(), options: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...options });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function withClient<T>(work: (client: pg.Client) => Promise<T>, url = owner()): Promise<T> {
  const client = await open(url);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test("200 parallel queries of different shapes through 10 connections each get their own answer", async () => {
  const pool = new pg.Pool({ connectionString: database.url("wearflow_app"), max: 10 });
  const shapes = [
    async (i: number) => (await pool.query("select $1::int as x", [i])).rows[0].x === i,
    async (i: number) => (await pool.query(`select '${i}' as x`)).rows[0].x === String(i),
    async (i: number) =>
      (await pool.query({ name: "twice", text: "select $1::int * 2 as x", values: [i] })).rows[0]
        .x ===
      2 * i,
    async (i: number) =>
      await pool.query("select 1 / $1::int", [0]).then(
        () => false,
        (error) => error.code === "22012" && i >= 0,
      ),
  ];
  const answers = Array.from({ length: 200 }, (_, i) => shapes[i % shapes.length]?.(i));
  assert.ok((await Promise.all(answers)).every(Boolean));
  await pool.end();
});

test("two clients may give different statements the same name, however long", async () => {
  const [a, b] = [await open(), await open()];
  const name = "n".repeat(63);
  for (let round = 0; round < 3; round += 1) {
    const one = await a.query({ name, text: "select $1::int + 1 as x", values: [1] });
    const two = await b.query({ name, text: "select $1::text || 'b' as x", values: ["a"] });
    assert.deepEqual([one.rows[0].x, two.rows[0].x], [2, "ab"]);
  }
  await Promise.all([a.end(), b.end()]);
});

test("a transaction is not seen, nor entered, by others until it commits", async () => {
  const clients = await Promise.all(Array.from({ length: 5 }, () => open()));
  const transfer = async (client: pg.Client, i: number) => {
    await client.query("begin");
    await client.query("insert into s.t values ($1::int, 'first')", [1000 + i]);
    await client.query("update s.t set v = 'second' where id = $1::int", [1000 + i]);
    await client.query(i % 2 === 0 ? "commit" : "rollback");
  };
  const watch = async (client: pg.Client) => {
    const { rows } = await client.query("select count(*)::int as n from s.t where v = 'first'");
    assert.equal(rows[0].n, 0);
  };
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const client = await open();
      const watcher = clients[i % clients.length];
      await Promise.all([transfer(client, i), watcher && watch(watcher)]);
      await client.end();
    }),
  );
  const { rows } = await withClient((client) =>
    client.query("select count(*)::int as n from s.t where id >= 1000"),
  );
  assert.equal(rows[0].n, 10);
  await Promise.all(clients.map((client) => client.end()));
});

test("an error in a transaction holds until its rollback, in simple and extended protocol", async () => {
  await withClient(async (client) => {
    for (const values of [undefined, []]) {
      await client.query("begin");
      await assert.rejects(client.query("select * from nowhere", values), { code: "42P01" });
      await assert.rejects(client.query("select 1", values), { code: "25P02" });
      await client.query("rollback");
      assert.equal((await client.query("select 1 as x", values)).rows[0].x, 1);
    }
  });
});

test("what a client that dies in a transaction did is rolled back and blocks nobody", async () => {
  const script = `
    import pg from "pg";
    const client = new pg.Client({ connectionString: process.argv[1] });
    await client.connect();
    await client.query("begin");
    await client.query("insert into s.t values (1, 'lost')");
    console.log("open");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, owner()], {
    cwd: new URL("../..", import.meta.url),
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  const started = Date.now();
  const { rows } = await withClient((client) => client.query("select * from s.t where id = 1"));
  assert.equal(rows.length, 0);
  assert.ok(Date.now() - started < 900, "did not wait for the idle time-out");
});

test("a client that dies in the middle of a batch blocks nobody", async () => {
  const client = await open();
  const unanswered = client.query("select count(*) from generate_series(1, 500000)");
  unanswered.catch(() => {});
  client.connection.stream.destroy();
  assert.equal((await withClient((other) => other.query("select 1 as x"))).rows[0].x, 1);
});

test("a client idle in a transaction is rolled back and ended with 25P03, so that others go on", async () => {
  const client = new pg.Client({ connectionString: owner() });
  const ended = new Promise<Error>((resolve) => client.on("error", resolve));
  await client.connect();
  await client.query("begin");
  await client.query("insert into s.t values (2, 'lost')");
  const { rows } = await withClient((other) => other.query("select * from s.t where id = 2"));
  assert.equal(rows.length, 0);
  assert.ok(Object.entries(await ended).some(([, value]) => value === "25P03"));
});

test("the worker's statements yield to everybody else's", async () => {
  const worker = await open(owner(), { application_name: "wearflow-worker" });
  const [holder, page] = [await open(), await open()];
  const order: string[] = [];
  await holder.query("begin");
  const waiting = [worker, page].map(async (client) => {
    await client.query("select");
    order.push(client === worker ? "worker" : "page");
  });
  await sleep(100);
  await holder.query("commit");
  await Promise.all(waiting);
  assert.deepEqual(order, ["page", "worker"]);
  await Promise.all([worker, holder, page].map((client) => client.end()));
});

test("a notification reaches those who listen and nobody else", async () => {
  const [listener, other, sender] = [await open(), await open(), await open()];
  const heard: string[] = [];
  listener.on("notification", ({ payload }) => heard.push(`listener ${payload}`));
  other.on("notification", ({ payload }) => heard.push(`other ${payload}`));
  await listener.query("listen changed");
  await other.query("listen changed");
  await other.query("unlisten changed");
  await sender.query("notify changed, '1'");
  await listener.query("select 1");
  await other.query("select 1");
  assert.deepEqual(heard, ["listener 1"]);
  await Promise.all([listener.end(), other.end(), sender.end()]);
});

test("psql copies in and out, and a failed copy leaves the session usable", (t) => {
  const psql = needs(t, "psql");
  if (psql === null) return;
  const run = (sql: string, input = "") =>
    execFileSync(psql, [owner(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql], {
      input,
      encoding: "utf8",
      stdio: "pipe",
    });
  run("create table s.copied (id int, v text)");
  const lines = Array.from({ length: 5000 }, (_, i) => `${i}\tvalue ${i}\n`).join("");
  run("copy s.copied (id, v) from stdin", lines);
  assert.equal(run("copy (select * from s.copied order by id) to stdout"), lines);
  assert.throws(() => run("copy s.nowhere from stdin", lines), /does not exist/);
  assert.throws(() => run("copy s.copied from stdin", "x\ty\n"), /invalid input syntax/);
  assert.match(run("select count(*) from s.copied"), /5000/);
  assert.match(run("\\dn"), /wearflow_owner/);
});

test("a client that breaks the protocol loses only its own connection", async () => {
  const broken = [
    Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0]),
    Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]),
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
  ];
  for (const bytes of broken) {
    const socket = connect(database.port, "127.0.0.1").resume();
    socket.end(bytes);
    await once(socket, "close");
  }
  const client = await open();
  client.connection.stream.write(Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]));
  await new Promise((resolve) => client.once("end", resolve));
  assert.equal((await withClient((other) => other.query("select 1 as x"))).rows[0].x, 1);
});

test("a client that does not read its answers blocks nobody, and gets them all in the end", async () => {
  const slow = await open();
  slow.connection.stream.pause();
  const wanted = Array.from({ length: 30 }, () => slow.query("select repeat('x', 1000000) as x"));
  await sleep(100);
  assert.equal((await withClient((other) => other.query("select 1 as x"))).rows[0].x, 1);
  slow.connection.stream.resume();
  for (const { rows } of await Promise.all(wanted)) assert.equal(rows[0].x.length, 1_000_000);
  await slow.end();
});

test("a message of many megabytes arrives whole", async () => {
  const text = "y".repeat(40_000_000);
  const { rows } = await withClient((client) =>
    client.query("select length($1::text) as n", [text]),
  );
  assert.equal(rows[0].n, text.length);
});

test("the write-ahead log is cut by a checkpoint soon after 64 MB, whoever wrote it", async () => {
  await withClient(async (client) => {
    const fill =
      "create table s.big as select repeat(md5(i::text), 30) as v from generate_series(1, 80000) i";
    await client.query(fill);
    await sleep(300);
    await client.query("select 1");
    const { rows } = await client.query(
      "select (pg_current_wal_lsn() - redo_lsn)::float8 as bytes from pg_control_checkpoint()",
    );
    assert.ok(rows[0].bytes < 1_000_000, `${rows[0].bytes} bytes since the checkpoint`);
  });
});
