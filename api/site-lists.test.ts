import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signInAs } from "../testing/staff.ts";
import { startContactPages } from "./contact-pages-for-tests.ts";

/** Lists show so many; whose they are is asked before that. */
const { world, app } = await startContactPages();
after(() => world.stop());
const { db } = world.deps;
let headers: Readonly<Record<string, string>>;
before(async () => {
  const site = { study: "sleep-2", name: "Leeds" };
  headers = { Accept: "text/html", Cookie: await signInAs(db, "lee", "coordinator", site) };
  await db.query(
    `with made as (
       insert into study.participant (study_id, site_id, short_id, state, enrolled_on, ended_on)
       select t.study_id, t.id, t.name || '-' || g, 'completed', current_date - 40, current_date - 1
       from generate_series(1, 201) g
       join study.site t on t.name = case when g < 201 then 'Oslo' else 'Leeds' end
       order by g
       returning id, short_id
     ), zoned as (
       insert into study.participant_zone (participant_id, from_at, time_zone)
       select id, '-infinity', 'Europe/Oslo' from made
     )
     insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at, status_at)
     select gen_random_uuid(), id, 'thanks', '1', current_date, 'unknown', 'x',
       now() - case when short_id like 'Leeds%' then interval '1 day' else '0' end, now() from made`,
  );
});

const page = async (path: string) => (await app.request(path, { headers })).text();

test("who works at one site sees its messages, however many others have newer ones", async () => {
  await db.query(
    `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at, status_at)
     select gen_random_uuid(), participant_id, template, '1', local_day - 1, status, 'x', now(), now() from study.message
     where participant_id in (select id from study.participant where short_id like 'Oslo-%')`,
  );
  const words = await page("/messages");
  assert.match(words, /Leeds-201/);
  assert.doesNotMatch(words, /Oslo-/);
});

test("who works at one site sees whom the rules would write to there, however many others come first", async () => {
  const words = await page("/rules");
  assert.match(words, /Leeds-201/);
  assert.doesNotMatch(words, /Oslo-/);
});
