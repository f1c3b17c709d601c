import assert from "node:assert/strict";
import { after, test } from "node:test";
import { z } from "zod";
import { testDatabase } from "../testing/database.ts";
import { ensureStudy } from "./studies.ts";

const database = await testDatabase();
after(() => database.stop());
const { owner } = database;
const studyId = await ensureStudy(owner, {
  slug: "grows",
  name: "A study that grows",
  settings: { ingestIntervalMinutes: null },
  by: "a test",
  why: "to test",
});

/** Connected people from the first number to the last. */
async function connect(first: number, last: number): Promise<void> {
  await owner.query(
    `with person as (
       insert into study.participant (study_id, short_id, state, enrolled_on)
       select $1::int, 'G-' || n, 'active', '2026-11-01' from generate_series($2::int, $3::int) n returning id
     ), zone as (
       insert into study.participant_zone (participant_id, from_at, time_zone) select id, '-infinity', 'UTC' from person
     )
     insert into study.connection (participant_id, source, status, status_reason, status_since,
       token_key_id, token_ciphertext)
     select id, 'google-health', 'active', 'a test', now(), 'k', decode(repeat('00', 600), 'hex') from person`,
    [studyId, first, last],
  );
  // Tokens are refreshed every hour, and each refresh leaves a dead row until the next vacuum.
  for (let refresh = 0; refresh < 5; refresh += 1)
    await owner.query("update study.connection set token_version = token_version + 1");
}

const Explained = z.object({ Plan: z.object({ "Shared Hit Blocks": z.number().int() }) });

/** Pages of the database touched for each of so many people. */
async function pagesEach(view: string, people: number): Promise<number> {
  const { rows } = await owner.query(
    `explain (analyze, buffers, format json) select * from ${view}`,
  );
  return Explained.parse(rows[0]?.["QUERY PLAN"][0]).Plan["Shared Hit Blocks"] / people;
}

test("S84: what a list of everybody costs grows with the people, not with their square", async () => {
  await connect(1, 50);
  const views = ["reporting.participant_status", "reporting.participant_flag"];
  const few = new Map<string, number>();
  for (const view of views) few.set(view, await pagesEach(view, 50));
  await connect(51, 1000);
  for (const view of views) {
    const [before = 0, then] = [few.get(view), await pagesEach(view, 1000)];
    assert.ok(then < before * 1.5, `${view}: ${then} pages for each of 1,000, ${before} of 50`);
  }
});
