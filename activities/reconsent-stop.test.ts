import assert from "node:assert/strict";
import { test } from "node:test";
import { cancelWaiting, endCampaign } from "../sql/consent-campaigns.ts";
import { setHold } from "../sql/message-rules.ts";
import { queueMessage } from "../sql/messages.ts";
import { only } from "../sql/pool.ts";
import { campaignWorld, NEVER, STUDY } from "../testing/campaign-world.ts";
import { because } from "../testing/contact-world.ts";

const { world, query, begin, pick, turn, sendAll } = campaignWorld();

test("a hold stops the turns of a campaign, and they go on when it ends", async () => {
  const campaign = await begin();
  await pick(campaign);
  await setHold(world().deps.db, { study: STUDY, hold: true }, because);
  const { held, invited } = await turn(campaign);
  await setHold(world().deps.db, { study: STUDY, hold: false }, because);
  assert.deepEqual([held, invited], [true, 0]);
  assert.equal((await turn(campaign)).invited, 3);
});

test("stopped, what waits is taken back, no draft of it can be queued any more, and nobody is written to", async () => {
  const campaign = await begin();
  await pick(campaign);
  await turn(campaign);
  const { rows } = await query(
    "update study.message set status = 'draft' where id = (select id from study.message limit 1) returning id",
  );
  assert.equal(await endCampaign(world().deps.db, campaign, because), true);
  const late = { id: only(rows, "message").id, participant: NEVER };
  assert.equal(await queueMessage(world().deps.db, late, because), false);
  assert.equal(await cancelWaiting(world().deps.db, campaign), 3);
  assert.equal((await turn(campaign)).ended, true);
  await sendAll();
  assert.equal(world().sent.length, 0);
  assert.equal(await endCampaign(world().deps.db, campaign, because), false);
});

test("one campaign is open in a study at a time, and whoever begins another is shown that one", async () => {
  const [one, two] = await Promise.all([begin(), begin()]);
  assert.equal(one.campaign, two.campaign);
  await endCampaign(world().deps.db, one, because);
  assert.equal((await begin()).campaign, one.campaign + 1);
});
