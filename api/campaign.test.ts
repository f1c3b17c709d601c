import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { findLatestCampaign } from "../sql/consent-campaigns.ts";
import { signInAs } from "../testing/staff.ts";
import { startContactPages } from "./contact-pages-for-tests.ts";
import { ours } from "./set-up-for-tests.ts";

const PAGE = "/consents/campaigns/sleep-2";
const { world, app, get, post, started, temporal, audited } = await startContactPages();
after(() => world.stop());
const db = world.deps.db;
await db.query("update study.connection set status_since = now() - interval '3 days'");
beforeEach(async () => {
  await db.query("delete from study.consent_campaign");
  started.length = 0;
});

const textOf = async (reply: Response | Promise<Response>) => (await reply).text();
const begin = () => post(PAGE, { why: "grants end with the old API" });
const number = async () => (await findLatestCampaign(db, "sleep-2"))?.campaign ?? 0;

test("before a campaign begins its page says who would be asked and who may not be written to, and why", async () => {
  const page = await textOf(get(PAGE));
  assert.match(page, /S2-0407<\/a> never consented/);
  assert.match(page, /S2-0413<\/a> the grant has lapsed/);
  assert.match(page, /Begin the campaign: 2 are written to now/);
  assert.doesNotMatch(page, /S2-0404/, "who took consent back is asked by a person");
  assert.doesNotMatch(page, /S2-0408/, "who has withdrawn is asked nothing");
});

test("begun, it is one run by its study and number, audited, and a second click is the first one's", async () => {
  const audits = await audited("consent.campaign");
  const [first, second] = await Promise.all([begin(), begin()]);
  assert.deepEqual([first.status, second.status], [303, 303]);
  const campaign = `sleep-2 ${await number()}`;
  assert.deepEqual(started, [campaign, campaign]);
  const { rows } = await db.query("select from study.consent_campaign");
  assert.deepEqual([rows.length, (await audited("consent.campaign")) - audits], [1, 1]);
  assert.match(await textOf(get(PAGE)), /Stop campaign/);
});

test("without a reason none begins", async () => {
  const refused = await post(PAGE, { why: "" });
  assert.equal(refused.status, 422);
  assert.match(await refused.text(), /No campaign was begun/);
  assert.equal(await number(), 0);
});

test("without Temporal it begins all the same: the worker starts its run later", async () => {
  temporal.isThere = false;
  const reply = await begin();
  temporal.isThere = true;
  assert.equal(reply.status, 303);
  assert.notEqual(await number(), 0);
});

test("stopped it says by whom, and stopping it again changes nothing", async () => {
  await begin();
  const stop = async () =>
    post(`${PAGE}/stop`, { campaign: String(await number()), why: "wrong text" });
  const audits = await audited("consent.campaign_end");
  assert.deepEqual([(await stop()).status, (await stop()).status], [303, 303]);
  assert.match(await textOf(get(PAGE)), /stopped by demo coordinator/);
  assert.equal((await audited("consent.campaign_end")) - audits, 1);
});

/** Picks who is to be asked, and lets this happen to one of them since. */
async function pickedAnd(participant: string, ...happened: readonly string[]): Promise<void> {
  await db.query(
    `insert into study.consent_campaign_person (study_id, number, participant_id, cause, picked_at)
     select p.study_id, $1::int, p.id, 'lapsed', now() - interval '1 minute' from study.participant p
     where p.short_id in ('S2-0407', 'S2-0413') on conflict do nothing`,
    [await number()],
  );
  for (const what of happened) {
    await db.query(
      `insert into study.consent_event (participant_id, at, what)
       select id, now(), $2::text from study.participant where short_id = $1::text`,
      [participant, what],
    );
  }
}

test("the funnel says how far each has come: a decision before a look, and whether the grant before is gone", async () => {
  await begin();
  await pickedAnd("S2-0413");
  const stageOf = async (who: string) =>
    new RegExp(`${who}</a>[^]*?</svg>([^<]+)<`).exec(await textOf(get(PAGE)))?.[1]?.trim();
  assert.equal(await stageOf("S2-0413"), "Not written to");
  await db.query(
    `insert into study.message (id, participant_id, template, template_version, local_day, status, made_by, made_at,
       status_at, sent_at)
     select gen_random_uuid(), id, 'consent_needed', '1', current_date, 'delivered', 'test', now(), now(), now()
     from study.participant where short_id = 'S2-0413'`,
  );
  assert.equal(await stageOf("S2-0413"), "Invited, not opened");
  await db.query(
    `insert into study.consent_link (id, participant_id, made_by, reason, made_at, expires_at, opened_at)
     select gen_random_uuid(), id, 'test', 'test', now(), now() + interval '14 days', now()
     from study.participant where short_id = 'S2-0413'`,
  );
  assert.equal(await stageOf("S2-0413"), "Opened");
  await pickedAnd("S2-0413", "granted_partly");
  assert.equal(await stageOf("S2-0413"), "Partly granted");
  await pickedAnd("S2-0413", "old_grant_replaced", "granted");
  assert.equal(await stageOf("S2-0413"), "Done");
  const page = await textOf(get(PAGE));
  assert.match(page, /the grant before is gone/);
  assert.match(page, /<dt>Grant before is gone<\/dt><dd>1<\/dd>/);
});

test("who is bound to a site neither sees nor begins a campaign of the whole study", async () => {
  const Cookie = await signInAs(db, "oslo", "coordinator", { study: "sleep-2", name: "Oslo" });
  const headers = { ...ours, Cookie };
  assert.equal((await app.request(PAGE, { headers })).status, 403);
  const body = new URLSearchParams({ why: "mine" });
  assert.equal((await app.request(PAGE, { method: "POST", headers, body })).status, 403);
  assert.doesNotMatch(await textOf(app.request("/consents", { headers })), /Campaign/);
  assert.equal(await number(), 0);
});
