import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import type { Database } from "./database.ts";
import { startDatabase } from "./database.ts";
import type { Role } from "./passwords.ts";

const folder = mkdtempSync(join(tmpdir(), "wearflow-roles-"));
let database: Database;

before(async () => {
  database = await startDatabase({ dataDir: join(folder, "db") });
});

after(async () => {
  await database?.stop();
  rmSync(folder, { recursive: true });
});

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

const owner = () => database.url("wearflow_owner");

async function as<T>(role: Role, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await open(database.url(role));
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function run(role: Role, ...statements: readonly string[]) {
  return await as(role, async (client) => {
    const results: pg.QueryResult[] = [];
    for (const sql of statements) results.push(await client.query(sql));
    return results.at(-1)?.rows ?? [];
  });
}

test("a wrong password, an unknown user and a superuser are all refused with the same code", async () => {
  const port = database.port;
  for (const [user, password] of [
    ["wearflow_app", "wrong"],
    ["wearflow_app", ""],
    ["postgres", "postgres"],
    ["nobody", ""],
  ]) {
    const client = new pg.Client({ host: "127.0.0.1", port, user, password, database: "postgres" });
    await assert.rejects(client.connect(), (error: Error & { code?: string }) =>
      password === "" ? true : error.code === "28P01",
    );
  }
  const elsewhere = database.url("wearflow_app").replace("/postgres?", "/elsewhere?");
  const client = new pg.Client({ connectionString: elsewhere });
  await assert.rejects(client.connect(), { code: "3D000" });
});

test("the owner, no superuser, makes hypertables, aggregates and compression and shares them", async () => {
  await run(
    "wearflow_owner",
    "create schema study",
    "create table study.sample (participant int, series smallint, time timestamptz, value int, primary key (participant, series, time))",
    "select create_hypertable('study.sample', by_range('time', interval '1 day'))",
    "alter table study.sample set (timescaledb.compress, timescaledb.compress_segmentby = 'participant, series', timescaledb.compress_orderby = 'time')",
    "create materialized view study.sample_hourly with (timescaledb.continuous, timescaledb.materialized_only = false) as select participant, time_bucket('1 hour', time) as bucket, count(*) as n from study.sample group by 1, 2 with no data",
    "create table study.secret (x int)",
    "create function study.touch() returns trigger language plpgsql as $$ begin return new; end $$",
    "grant usage on schema study to wearflow_app, grafana_reader",
    "grant select, insert, update, delete on study.sample to wearflow_app",
    "grant select on study.sample_hourly to wearflow_app, grafana_reader",
  );
  await run(
    "wearflow_app",
    "insert into study.sample select 1, 1, t, 1 from generate_series('2026-01-01'::timestamptz, '2026-01-04', '1 minute') t",
  );
  const chunks = await run(
    "wearflow_owner",
    "call refresh_continuous_aggregate('study.sample_hourly', '2026-01-01', '2026-01-03')",
    "select compress_chunk(c) from show_chunks('study.sample') c",
  );
  assert.equal(chunks.length, 4);
  const counted = await run("grafana_reader", "select sum(n)::int as n from study.sample_hourly");
  assert.equal(counted[0].n, 4321);
  const upsert =
    "insert into study.sample values (1, 1, '2026-01-02 00:00Z', 5) on conflict (participant, series, time) do update set value = excluded.value";
  await run("wearflow_app", upsert);
  const dropped = await run(
    "wearflow_owner",
    "select drop_chunks('study.sample', older_than => '2026-01-02'::timestamptz)",
  );
  assert.equal(dropped.length, 1);
});

test("app and reader get no further than their grants", async () => {
  const refused: [Role, string][] = [
    ["grafana_reader", "select * from study.secret"],
    ["grafana_reader", "insert into study.sample values (9, 9, now(), 9)"],
    ["wearflow_app", "create schema mine"],
    ["wearflow_app", "create table public.mine (x int)"],
    ["wearflow_app", "create temporary table mine (x int)"],
    ["wearflow_app", "drop table study.sample"],
    ["grafana_reader", "select lo_creat(1)"],
    ["grafana_reader", "select pg_read_file('/etc/passwd')"],
    ["grafana_reader", "copy (select 1) to '/tmp/x'"],
    ["grafana_reader", "copy (select 1) to program 'id'"],
    ["grafana_reader", "select * from pg_prepared_statements"],
    ["wearflow_owner", "create role mine"],
    ["wearflow_owner", "alter role wearflow_owner superuser"],
    ["wearflow_owner", "select rolpassword from pg_authid"],
  ];
  for (const [role, sql] of refused)
    await assert.rejects(run(role, sql), { code: "42501" }, `${role}: ${sql}`);
});

/** Every way thought of to become somebody else; `%` stands for the role wanted. */
const escapes = [
  "set role %",
  "set session role %",
  "set local role %",
  'set "role" to %',
  "set session authorization %",
  "set/* x */session/* /* y */ */authorization -- z\n %",
  'set "session_authorization" = %',
  String.raw`set U&"session\005fauthorization" = '%'`,
  "reset session authorization",
  "discard all",
  "select 1; set session authorization %; select 2",
  String.raw`select '\'; set session authorization %; --'`,
  "select 0x1F$$'$$; set session authorization %; --'",
  "do $$ begin execute 'set session authorization %'; end $$",
  "select set_config('session_authorization', '%', false)",
  "select set_config('ro' || 'le', '%', false)",
  "update pg_settings set setting = '%' where name = 'session_authorization'",
  "select query_to_xml('select set_' || 'config(''session_author'' || ''ization'', ''%'', false)', true, false, '')",
  "select query_to_xml('set session author' || 'ization %', true, false, '')",
  "prepare x as select set_config('role', '%', false); execute x",
  "explain analyze select set_config('role', '%', false)",
  "create function pg_temp.f() returns int language sql set role = '%' as 'select 1'",
  "create function public.f() returns int language sql set role = '%' as 'select 1'",
  "select ts_stat('select to_tsvector(set_config(''role'', ''%'', false))')",
  "grant % to current_user",
  "select database_to_xml(true, false, ''); set role %",
];

test("no spelling makes the reader or the app another role, in simple or extended protocol", async () => {
  const pairs: [Role, string][] = [
    ["grafana_reader", "postgres"],
    ["grafana_reader", "wearflow_app"],
    ["wearflow_app", "wearflow_owner"],
  ];
  for (const [role, wanted] of pairs)
    await as(role, async (client) => {
      for (const spelling of escapes)
        for (const values of [undefined, []]) {
          const sql = spelling.replaceAll("%", wanted);
          await assert.rejects(client.query(sql, values), Error, `${role}: ${sql}`);
          const { rows } = await client.query("select current_user as c, session_user as s");
          assert.deepEqual(rows[0], { c: role, s: role }, sql);
        }
    });
});

test("switching between clients keeps each in its role, even after the owner's code changed it", async () => {
  await as("wearflow_owner", async (owner) =>
    as("grafana_reader", async (reader) => {
      for (let round = 0; round < 3; round += 1) {
        const [a, b] = await Promise.all([
          owner.query("select current_user as c"),
          reader.query("select current_user as c"),
        ]);
        assert.deepEqual([a.rows[0].c, b.rows[0].c], ["wearflow_owner", "grafana_reader"]);
        await owner.query("do $$ begin execute 'set session authorization wearflow_app'; end $$");
      }
    }),
  );
});

test("settings stay with the connection that made them, and are undone with its transaction", async () => {
  const [a, b] = [await open(owner()), await open(owner())];
  await a.query("set search_path to s");
  await a.query("set wearflow.actor = 'a'");
  await b.query("set timezone to 'Europe/Amsterdam'");
  await b.query("begin");
  await b.query("set search_path to nowhere");
  await b.query("rollback");
  const show = async (client: pg.Client) =>
    (
      await client.query(
        "select current_setting('search_path') as path, current_setting('timezone') as zone, current_setting('wearflow.actor', true) as actor",
      )
    ).rows[0];
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(await show(a), { path: "s", zone: "UTC", actor: "a" });
    const other = await show(b);
    assert.deepEqual([other.path, other.zone], ['"$user", public', "Europe/Amsterdam"]);
    assert.ok(!other.actor);
  }
  await a.query("reset all");
  assert.deepEqual(await show(a), { path: '"$user", public', zone: "UTC", actor: "" });
  await Promise.all([a.end(), b.end()]);
});

test("settings in the connection string count from the start; those for superusers end the connection", async () => {
  const url = `${owner()}&options=-c%20search_path%3Ds,public`;
  const client = await open(url);
  const { rows } = await client.query("show search_path");
  await client.end();
  assert.equal(rows[0].search_path, "s,public");
  for (const option of ["role%3Dpostgres", "log_min_messages%3Dpanic", "nonsense%3D1"])
    await assert.rejects(open(`${owner()}&options=-c%20${option}`), { code: "42501" });
});
