import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testDatabase } from "../testing/database.ts";
import { instantArray, intArray } from "./binary-arrays.ts";

const database = await testDatabase();
after(() => database.stop());

test("instants of any age and integers of any sign arrive in PostgreSQL as they were", async () => {
  const times = [-62_135_596_800_000, -1, 0, 946_684_799_999, 946_684_800_000, 1_795_905_296_789];
  const values = [-2_147_483_648, -1, 0, 1, 720, 2_147_483_647];
  const { rows } = await database.app.query<{ time: Date; value: number }>(
    "select time, value from unnest($1::timestamptz[], $2::int[]) as page (time, value)",
    [instantArray(times), intArray(values)],
  );
  assert.deepEqual(
    rows.map(({ time }) => time.getTime()),
    times,
  );
  assert.deepEqual(
    rows.map(({ value }) => value),
    values,
  );
});

test("nothing arrives as nothing", async () => {
  const { rows } = await database.app.query(
    "select cardinality($1::timestamptz[]) as times, cardinality($2::int[]) as values",
    [instantArray([]), intArray([])],
  );
  assert.deepEqual(rows, [{ times: 0, values: 0 }]);
});

test("a number that is no 32-bit integer is refused, not cut", () => {
  for (const value of [1.5, Number.NaN, 2_147_483_648, -2_147_483_649])
    assert.throws(() => intArray([value]), RangeError, String(value));
});
