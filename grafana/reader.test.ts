import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { expand, readAlertRules } from "../testing/grafana-stand-in.ts";
import { everybody, openGrafana, usual } from "./open-for-tests.ts";

const { database, reader, everyQuery } = await openGrafana();
const { owner } = database;

const Plan = z.looseObject({
  "Node Type": z.string(),
  Schema: z.string().optional(),
  "Relation Name": z.string().optional(),
  get Plans() {
    return z.array(Plan).optional();
  },
});
type Plan = z.infer<typeof Plan>;

/** Tables that a plan reads, by schema and name. */
const relationsOf = (plan: Plan): string[] => [
  ...(plan["Relation Name"] === undefined ? [] : [`${plan.Schema}.${plan["Relation Name"]}`]),
  ...(plan.Plans ?? []).flatMap(relationsOf),
];

async function plan(statement: string): Promise<string[]> {
  const { rows } = await reader.query(`explain (verbose, format json) ${statement}`);
  return relationsOf(Plan.parse(rows[0]["QUERY PLAN"][0].Plan));
}

/** Chunks of samples, compressed ones too. */
const { rows: chunks } = await owner.query<{ name: string }>(
  `select c.schema_name || '.' || c.table_name as name
   from _timescaledb_catalog.chunk c join _timescaledb_catalog.hypertable h on h.id = c.hypertable_id
   where h.schema_name = 'study' and h.table_name = 'sample'
     or h.id = (select compressed_hypertable_id from _timescaledb_catalog.hypertable where schema_name = 'study' and table_name = 'sample')`,
);
const ofSamples = new Set(chunks.map(({ name }) => name));

test("S81, S85: no panel and no alert reads more than a day of samples, whatever range is shown", async () => {
  assert.ok(ofSamples.size >= 6);
  const whole = await plan("select count(*) from reporting.sample_raw");
  assert.ok(whole.filter((name) => ofSamples.has(name)).length >= 6, "a whole scan would be seen");
  for (const choices of [everybody, usual]) {
    for (const { label, query, context } of await everyQuery(choices)) {
      const read = new Set(
        (await plan(expand(query.rawSql, context))).filter((name) => ofSamples.has(name)),
      );
      // A day may lie in two of UTC's.
      assert.ok(read.size <= 2, `${label} reads ${[...read].join(", ")}`);
    }
  }
  for (const { title, data } of await readAlertRules()) {
    const read = (await plan(data[0]?.model.rawSql ?? "")).filter((name) => ofSamples.has(name));
    assert.deepEqual(read, [], title);
  }
});

test("the reader reads the views of reporting and no table, view or sequence of any other schema", async () => {
  const { rows } = await owner.query<{ schema: string; name: string; kind: string }>(
    `select n.nspname as schema, c.relname as name, c.relkind as kind
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'v', 'm', 'p', 'S') and n.nspname in ('study', 'pii', 'audit', 'migration', 'reporting')
     order by 1, 2`,
  );
  assert.deepEqual(
    [...new Set(rows.map(({ schema }) => schema))],
    ["audit", "migration", "pii", "reporting", "study"],
  );
  for (const { schema, name, kind } of rows) {
    const reading = reader.query(`select * from ${schema}.${name} limit 1`);
    if (schema === "reporting") {
      assert.equal(kind, "v", name);
      await reading;
    } else await assert.rejects(reading, { code: "42501" }, `${schema}.${name}`);
  }
  for (const name of ofSamples) {
    await assert.rejects(reader.query(`select * from ${name} limit 1`), { code: "42501" }, name);
  }
});

test("the reader changes nothing, makes nothing and becomes nobody else, also in a transaction of its own", async () => {
  const forbidden = [
    "insert into reporting.participant_status (study) values ('x')",
    "update reporting.maintenance set task = 'x'",
    "delete from reporting.message",
    "create table reporting.x (n int)",
    "create table public.x (n int)",
    "create view reporting.x as select 1",
    "set role wearflow_app",
    "set role wearflow_owner",
    "set session authorization wearflow_owner",
    "select audit.note('x', 'x', 'x', 'x', '{}')",
    "select nextval('study.change_counter')",
  ];
  for (const statement of forbidden) {
    await assert.rejects(
      reader.query(statement),
      /permission|denied|refused|may not|cannot/i,
      statement,
    );
    await assert.rejects(reader.query(`begin; ${statement}; commit`), Error, statement);
    await reader.query("rollback");
  }
  for (const statement of ["reset role", "reset session authorization"]) {
    await reader.query(statement).catch(() => undefined);
    const { rows } = await reader.query("select current_user");
    assert.equal(rows[0].current_user, "grafana_reader", statement);
  }
});

test("no view of reporting shows a name, an address, a token, a provider's id or what a quarantined reading held", async () => {
  const { rows: views } = await owner.query<{ name: string; columns: string[] }>(
    `select table_name as name, array_agg(column_name::text) as columns from information_schema.columns
     where table_schema = 'reporting' group by 1 order by 1`,
  );
  assert.ok(views.length > 20);
  for (const { name, columns } of views) {
    for (const column of columns)
      assert.doesNotMatch(
        column,
        /email|address|token|cipher|payload|provider|sealed|login|actor|made_by|^name$/,
        name,
      );
    const { rows } = await reader.query(`select * from reporting.${name} limit 500`);
    assert.doesNotMatch(
      JSON.stringify(rows),
      /secret payload|provider-\d|device-\d|\bola\b|https?:/,
      name,
    );
  }
});
