import assert from "node:assert/strict";
import { test } from "node:test";
import * as schemas from "./schemas.ts";
import { pageOf, startApi } from "./site-for-tests.ts";

const { database, get, read } = await startApi();

test("a day says what it is, so that one on which nothing was expected is not one with 0 minutes worn", async () => {
  const judged = [
    ["2026-11-01", "valid", true],
    ["2026-11-02", "paused", false],
    ["2026-11-03", "after_participation", false],
  ] as const;
  for (const [day, state, enough] of judged)
    await database.app.query(
      `insert into study.judged_day (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes,
         wear_minutes, state, valid_so_far, proof, settings_version, judged_at)
       select l.participant_id, l.day, l.starts_at, l.ends_at, 1440, 0, 0, $2::text, $3::boolean, '{}', 0, now()
       from study.ledger l join study.participant p on p.id = l.participant_id
       where p.short_id = 'D-UTC' and l.day = $1::date`,
      [day, state, enough],
    );
  // A day that was read and not judged yet is pending, and nobody knows whether it is valid.
  const expected = [...judged, ["2026-11-04", "pending", null]];
  const stated = (rows: readonly Pick<Row, "day" | "state" | "valid_so_far">[]) =>
    rows.map(({ day, state, valid_so_far: enough }) => [day, state, enough]);
  const { items } = await read("/participants/D-UTC/days", pageOf(schemas.Day));
  assert.deepEqual(stated(items), expected);
  const lines = await linesOf("/studies/test/days?format=ndjson");
  const rows = lines.map((line) => schemas.Day.parse(JSON.parse(line)));
  assert.deepEqual(stated(rows.filter(({ participant }) => participant === "D-UTC")), expected);
  const [head = "", ...table] = await linesOf("/studies/test/days");
  // At the end: who reads by the place of a column finds the others where they were.
  assert.match(head, /,final_at,state,valid_so_far$/);
  const paused = table.find((line) => line.startsWith("D-UTC,2026-11-02"));
  assert.match(paused ?? "", /,paused,false$/);
});

type Row = ReturnType<typeof schemas.Day.parse>;

async function linesOf(path: string): Promise<string[]> {
  return (await (await get(path)).text()).trim().split("\n");
}
