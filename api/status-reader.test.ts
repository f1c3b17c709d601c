import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseSilent } from "./failures.ts";
import { createStatusReader } from "./status-reader.ts";

/** What any of the queries may answer. */
const row = { last_value: 1, slug: "sleep-2", settings: {} };

test("a reading that never ends is given up, and the next one is not held up by it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let hangs = true;
  let asked = 0;
  const query = () => {
    asked += 1;
    return hangs ? new Promise(() => undefined) : Promise.resolve({ rows: [row] });
  };
  const clock = () => new Date("2026-11-25T12:00:00Z");
  const reader = createStatusReader({ db: { query } as never, clock, freshMs: 0, staleMs: 0 });
  const lost = assert.rejects(reader.all(), DatabaseSilent);
  t.mock.timers.tick(60_000);
  await lost;
  hangs = false;
  const before = asked;
  const next = await reader.all();
  assert.ok(asked > before, "it asks again");
  assert.equal(next.counter, 1);
});
