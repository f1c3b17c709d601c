import assert from "node:assert/strict";
import { test } from "node:test";
import { createPool } from "../sql/pool.ts";
import { testDatabase } from "../testing/database.ts";
import { silentProxy } from "../testing/silent-proxy.ts";
import { isDatabaseUnreachable } from "./failures.ts";

test("connections of a database that fell silent are thrown away, made or not, so that the next query finds it again", async (t) => {
  const database = await testDatabase();
  const proxy = await silentProxy(database.url("wearflow_app"));
  const limits = { connectWithinMs: 400, queryWithinMs: 400 };
  const pool = createPool(proxy.url, "test", 2, limits);
  t.after(async () => {
    await pool.end();
    await proxy.stop();
    await database.stop();
  });
  await pool.query("select 1");
  proxy.fallSilent();
  // One on the open connection, one on a new one, and two that wait for either.
  const lost = await Promise.allSettled(Array.from({ length: 4 }, () => pool.query("select 1")));
  for (const each of lost) {
    assert.ok(each.status === "rejected" && isDatabaseUnreachable(each.reason), String(each));
  }
  proxy.answerNewOnes();
  const { rows } = await pool.query("select 2 as two");
  assert.deepEqual(rows, [{ two: 2 }]);
});
