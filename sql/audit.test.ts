import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { writeAudit } from "./audit.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const entry = { actor: "ola", action: "participant.pause", entity: "P-1", reason: "on holiday" };

/** Recomputes the chain as its migration defines it and returns the numbers that do not fit. */
async function broken(): Promise<number[]> {
  const { rows } = await database.app.query<{ seq: number }>(
    `select e.seq from (
       select e.*, lag(e.hash, 1, '') over (order by e.seq) as before, row_number() over (order by e.seq) as n
       from audit.entry e) e
     where e.seq <> e.n or e.hash <> sha256(convert_to(jsonb_build_array(encode(e.before, 'hex'), e.seq,
       (extract(epoch from e.at) * 1000000)::bigint, e.actor, e.action, e.entity, e.reason, e.detail)::text, 'UTF8'))
     order by e.seq`,
  );
  return rows.map(({ seq }) => seq);
}

test("entries written at once by many are numbered without holes and chained", async () => {
  await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      writeAudit(database.app, { ...entry, entity: `P-${index}` }),
    ),
  );
  const { rows } = await database.app.query(
    "select count(*)::int as n, max(seq)::int as last from audit.entry",
  );
  assert.deepEqual(rows, [{ n: 60, last: 60 }]);
  assert.deepEqual(await broken(), []);
});

test("nobody changes, removes or empties the audit", async () => {
  for (const who of [database.app, database.owner]) {
    for (const statement of [
      "update audit.entry set reason = 'other'",
      "delete from audit.entry",
      "truncate audit.entry",
    ]) {
      await assert.rejects(who.query(statement), /append-only|permission denied/, statement);
    }
  }
});

test("an owner who alters or removes a row behind the trigger's back is found by the chain", async () => {
  await database.owner.query("alter table audit.entry disable trigger refuse");
  await database.owner.query("update audit.entry set reason = 'other' where seq = 7");
  assert.deepEqual(await broken(), [7]);
  await database.owner.query("update audit.entry set reason = $1::text where seq = 7", [
    entry.reason,
  ]);
  assert.deepEqual(await broken(), []);
  await database.owner.query("delete from audit.entry where seq = 20");
  assert.equal((await broken())[0], 21);
});
