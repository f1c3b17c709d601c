import assert from "node:assert/strict";
import { before, test } from "node:test";
import { findParticipant } from "../../sql/participants.ts";
import { settleDays } from "../../sql/settle-days.ts";
import * as schemas from "./schemas.ts";
import { RANGE, startApi } from "./site-for-tests.ts";

const ALL_STEPS = 1001;
const { database, get, samplesOf } = await startApi();

/** How many statements the pages send while something is done. */
async function statementsOf(act: () => Promise<unknown>): Promise<number> {
  const { app } = database;
  const query = app.query.bind(app);
  let count = 0;
  app.query = ((...given: Parameters<typeof query>) => {
    count += 1;
    return query(...given);
  }) as typeof app.query;
  await act().finally(() => {
    app.query = query;
  });
  return count;
}

before(async () => {
  const person = await findParticipant(database.app, "D-UTC");
  assert.ok(person);
  await settleDays(database.app, person.id, ALL_STEPS, ["2026-11-01", "2026-11-02"], null);
});

const YEARS = "from=1900-01-01T00:00:00Z&to=2199-12-31T00:00:00Z";

test("empty years cost nothing: a stream begins at the first value there can be and ends after the last", async () => {
  for (const [metric, values, resolution] of [
    ["heart_rate", "measured", "minute"],
    ["heart_rate", "measured", "raw"],
    ["heart_rate", "measured", "hour"],
    ["heart_rate", "analysis", "minute"],
    ["heart_rate", "imputed", "minute"],
    ["heart_rate", "imputed", "hour"],
    ["steps", "measured", "minute"],
  ] as const) {
    const asked = `metric=${metric}&values=${values}&resolution=${resolution}`;
    const short = await samplesOf("D-UTC", `${asked}&${RANGE}&limit=10000`);
    assert.ok(short.samples.length > 0);
    const read = { text: "" };
    const statements = await statementsOf(async () => {
      const reply = await get(`/participants/D-UTC/samples?${asked}&${YEARS}&format=ndjson`);
      assert.equal(reply.status, 200, asked);
      read.text = await reply.text();
    });
    const lines = read.text.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => schemas.Sample.parse(JSON.parse(line))),
      short.samples,
      asked,
    );
    assert.ok(statements < 15, `${asked}: ${statements} statements`);
  }
});

test("a page that holds nothing goes on where there can be something, also before the ledger knows of it", async () => {
  const query = `metric=heart_rate&resolution=minute&${YEARS}`;
  const empty = await samplesOf("D-UTC", query);
  assert.deepEqual(empty.samples, []);
  const next = await samplesOf("D-UTC", `${query}&cursor=${empty.next_cursor}`);
  assert.equal(next.samples[0]?.time, "2026-11-01T00:00:00.000Z");
  await database.app.query("delete from study.ledger_metric");
  const unknown = await samplesOf("D-UTC", query);
  assert.equal(unknown.next_cursor, null);
  await database.app.query(
    `insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
     select id, 1, '2026-11-03', '2026-11-04', 'ingest', now() from study.participant where short_id = 'D-UTC'`,
  );
  const touched = await samplesOf("D-UTC", query);
  const found = await samplesOf("D-UTC", `${query}&cursor=${touched.next_cursor}`);
  assert.equal(found.samples[0]?.time, "2026-11-03T00:00:00.000Z");
});
