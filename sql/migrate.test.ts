import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { migrate, refuseSharedNumbers } from "./migrate.ts";
import { createClient } from "./pool.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

async function asOwner<Result>(work: (client: ReturnType<typeof createClient>) => Promise<Result>) {
  const client = createClient(database.url("wearflow_owner"), "test");
  await client.connect();
  return work(client).finally(() => client.end());
}

test("migrating a migrated database does nothing", async () => {
  assert.deepEqual(await asOwner(migrate), []);
});

test("a migration that was edited after it was applied is refused by name", async () => {
  await database.owner.query("update migration.applied set checksum = 'other' where number = 2");
  await assert.rejects(asOwner(migrate), /0002_study_and_participant\.sql was edited/);
  await database.owner.query("delete from migration.applied where number = 2");
  await assert.rejects(asOwner(migrate), /0002_study_and_participant\.sql failed/);
});

test("two migrations with one number are refused by name", () => {
  assert.throws(
    () => refuseSharedNumbers(["0001_a.sql", "0002_b.sql", "0002_c.sql"]),
    /0002 more than once: 0002_b\.sql, 0002_c\.sql/,
  );
});

test("every table and view of the product has a comment, so that the data dictionary can be made of them", async () => {
  const { rows } = await database.owner.query(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('study', 'reporting', 'pii', 'audit') and c.relkind in ('r', 'v', 'm', 'S')
       and c.relname not like '%\\_id\\_seq' and obj_description(c.oid) is null`,
  );
  assert.deepEqual(rows, []);
});

test("the database runs no jobs of its own: Temporal is the only scheduler", async () => {
  const { rows } = await database.owner.query(
    "select proc_name from timescaledb_information.jobs where proc_name like 'policy_%' and hypertable_name is not null",
  );
  assert.deepEqual(rows, []);
});

test("Grafana's role reads the reporting views and nothing else; the app cannot change structure", async () => {
  const grafana = createClient(database.url("grafana_reader"), "test");
  await grafana.connect();
  try {
    await grafana.query("select * from reporting.participant_status");
    for (const table of ["sample", "participant", "connection", "quarantine", "fetch"]) {
      await assert.rejects(
        grafana.query(`select * from study.${table}`),
        /permission denied/,
        table,
      );
    }
    await assert.rejects(grafana.query("create table reporting.mine (a int)"), /permission denied/);
  } finally {
    await grafana.end();
  }
  await assert.rejects(
    database.app.query("drop table study.sample"),
    /must be owner|permission denied/,
  );
  await assert.rejects(database.app.query("create table study.mine (a int)"), /permission denied/);
});

test("a value that is not a number cannot be stored in the registry", async () => {
  for (const bad of ["NaN", "Infinity", "-Infinity"]) {
    await assert.rejects(
      database.owner.query("update study.metric set plausible_max = $1::float8", [bad]),
      /violates check constraint/,
      bad,
    );
  }
});
