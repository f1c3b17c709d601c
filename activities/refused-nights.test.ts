import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createGoogleHealth } from "../sources/google-health/google-health.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";
import { replayKept } from "./replay-kept.ts";

let world: IngestWorld;
before(async () => {
  world = await ingestWorld();
});
after(() => world.stop());

const sleepOnly = { reads: (dataType: string) => dataType === "sleep" };

/** The provider calls a stage by a word nobody knows. */
async function withNewWord(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  if (!String(request[0]).includes("/sleep/")) return response;
  const text = (await response.text()).replaceAll(/"type":\s*"REM"/g, '"type":"REM_PHASIC"');
  const headers = { "content-type": "application/json" };
  return new Response(text, { status: response.status, headers });
}

async function nights(participant: string, sql: string): Promise<string[]> {
  const { rows } = await world.database.app.query<{ day: string }>(
    `${sql} and participant_id = (select id from study.participant where short_id = $1::text) order by 1`,
    [participant],
  );
  return rows.map(({ day }) => day);
}

test("a night refused for a word nobody knew keeps its day open, and whole enough to be stored once the word is known", async () => {
  const { db, clock } = world.deps;
  const participant = await world.connectPerson(0, "2026-11-20");
  const bending = { baseUrl: world.upstream.url, clock, minimumGapMs: 0, fetch: withNewWord };
  const source = createGoogleHealth(bending);
  const bent = { ...world, deps: { ...world.deps, source } };
  const stored = () =>
    nights(participant, "select day from study.session where series_id = 1020 and main");
  const final = () =>
    nights(
      participant,
      "select day from study.ledger_metric where series_id = 1020 and final_at is not null",
    );
  for (const now of ["2026-11-24T12:00:20Z", "2026-11-25T09:00:20Z", "2026-11-25T16:00:20Z"]) {
    world.setNow(now);
    await runOnce(bent, participant, sleepOnly);
  }
  const { rows } = await db.query<{ longest: number }>(
    "select max(length(payload)) as longest from study.quarantine where series_id = 1020",
  );
  assert.ok((rows[0]?.longest ?? 0) > 4000, "a night with its stages is longer than 4,000");
  assert.deepEqual(await stored(), []);
  assert.deepEqual(await final(), []);
  const knowing = {
    ...source,
    readKept: (...[series, payload]: Parameters<typeof source.readKept>) =>
      source.readKept(series, payload.replaceAll("REM_PHASIC", "REM")),
  };
  const replayed = await replayKept({ db, source: knowing, clock }, null);
  assert.equal(replayed.refusedAgain, 0);
  assert.deepEqual((await stored()).slice(0, 4), [
    "2026-11-20",
    "2026-11-21",
    "2026-11-22",
    "2026-11-23",
  ]);
  for (const now of ["2026-11-26T12:00:20Z", "2026-11-26T20:00:20Z", "2026-11-27T20:00:20Z"]) {
    world.setNow(now);
    await runOnce(world, participant, sleepOnly);
  }
  assert.ok((await final()).includes("2026-11-22"), String(await final()));
});
