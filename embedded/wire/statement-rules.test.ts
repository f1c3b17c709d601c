import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { statementsOf } from "./lexer.ts";
import { inspect, mentionsAuthorization } from "./statement-rules.ts";

const firstWords = (sql: string) => statementsOf(sql).map((statement) => statement[0]?.text);
const refusalOf = (sql: string) => inspect(sql, "simple").refusal?.code ?? null;

test("statements are split only outside quotes, comments and dollar quotes", () => {
  const hidden = [
    "select 'a;set b'",
    "select 'it''s;set b'",
    String.raw`select E'\';set b'`,
    "select E'a'\n '\\';set b'",
    'select 1 as "x;set b"',
    "select $$;set b$$",
    "select $a$ $$;set b $a$",
    "select /* ; /* ; */ set b; */ 1",
    "select 1 -- ;set b",
    "select 0x1F$$'$$",
    "select 1e5$$'$$",
    "select a$$ from t",
  ];
  for (const sql of hidden) assert.deepEqual(firstWords(sql), ["select"], sql);
  assert.deepEqual(firstWords("; /* a */ SET b = 1;;select 1; "), ["set", "select"]);
  assert.deepEqual(firstWords("select 0x1F$$'$$; set b = '1'"), ["select", "set"]);
  assert.deepEqual(firstWords(String.raw`select '\'; set b = 1; --'`), ["select", "set"]);
  assert.deepEqual(firstWords("select E'a' '\\'; set b = 1"), ["select", "set"]);
});

test("whatever would change the session's user or the lexer's ground is refused", () => {
  const refused = [
    "set role postgres",
    "SET  SESSION ROLE postgres",
    "set local role postgres",
    'set "role" to postgres',
    String.raw`set U&"r\006fle" = 'postgres'`,
    "set session authorization postgres",
    "set local session authorization postgres",
    "set session/* x */authorization default",
    "set session session authorization postgres",
    "set session_authorization = postgres",
    'set "session_authorization" = postgres',
    "reset role",
    "reset session authorization",
    "reset session_authorization",
    "reset all; set role x",
    "discard all",
    "discard temp",
    "deallocate all",
    "deallocate prepare all",
    "set standard_conforming_strings = off",
    "set names 'sjis'",
    "set client_encoding to big5",
    "select 1; -- x\n set role x",
  ];
  for (const sql of refused) assert.equal(refusalOf(sql), "42501", sql);
});

test("ordinary settings, updates and names that only look alike pass", () => {
  const passing = [
    "set search_path to study, public",
    "set local wearflow.actor = 'x'",
    "set time zone 'Europe/Amsterdam'",
    "set session characteristics as transaction read only",
    "set transaction isolation level serializable",
    "set standard_conforming_strings = on",
    "set client_encoding = 'UTF8'",
    "reset all",
    "reset timezone",
    "update t set role = 'x'",
    "select 'set role x'",
    "discard plans",
    "deallocate a",
  ];
  for (const sql of passing) assert.equal(refusalOf(sql), null, sql);
});

test("COPY from the client is taken alone in a simple query and refused elsewhere", () => {
  assert.equal(inspect("copy t (a, b) from stdin with (format csv)", "simple").copyIn, true);
  assert.equal(inspect("copy t from stdout", "simple").copyIn, true);
  assert.equal(inspect("copy (select a from stdin) to stdout", "simple").copyIn, false);
  assert.equal(inspect("copy t from stdin", "extended").refusal?.code, "0A000");
  assert.equal(inspect("select 1; copy t from stdin", "simple").refusal?.code, "0A000");
});

test("channels are known as Postgres folds them", () => {
  assert.deepEqual(inspect('listen Foo; listen "Bar"', "simple").listens, ["foo", "Bar"]);
  assert.deepEqual(inspect("unlisten *", "simple").unlistens, ["*"]);
});

test("the second look finds the words even where they are quoted", () => {
  assert.ok(mentionsAuthorization("select 'set session   authorization x'"));
  assert.ok(mentionsAuthorization("set session /* */ authorization x"));
  assert.ok(!mentionsAuthorization("update sleep_session set stage = 'authorization'"));
});

test("a text made to keep the rules busy is read in one pass", async () => {
  // In a process of its own: a rule that tries every way to cut the text would never come back.
  const script = `
    import { inspect, mentionsAuthorization } from "./embedded/wire/statement-rules.ts";
    for (const gap of [" ", "--", "\\n", "-- \\n", "/**/", "/*", "session--", "session "]) {
      const long = gap.repeat(20_000);
      for (const text of ["select E'a'" + long + "b", "set session" + long + "x", long, "E'" + long])
        { inspect(text, "simple"); mentionsAuthorization(text); }
    }
    console.log("read");`;
  const options = { timeout: 20_000, cwd: new URL("../../", import.meta.url) };
  const command = ["--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, command, options);
  assert.equal(stdout, "read\n");
});
