import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { CampaignKey } from "../sql/consent-campaigns.ts";
import { beginCampaign, endCampaign, findCampaign } from "../sql/consent-campaigns.ts";
import { because, contactWorld } from "../testing/contact-world.ts";
import { historyTexts } from "../testing/history-texts.ts";
import { messageWorker } from "../testing/message-worker.ts";
import { eventually } from "../testing/stack.ts";
import {
  campaignWorkflowId,
  startCampaign,
  tellCampaignStopped,
} from "../worker/start-campaign.ts";
import type { reconsentCampaign } from "./index.ts";

const world = await contactWorld();
const lines: string[] = [];
const worker = await messageWorker(world, (...words) => void lines.push(JSON.stringify(words)));
after(async () => {
  await worker.stop();
  await world.stop();
});
const { client } = worker;
const { db } = world.deps;
await db.query("update study.connection set status_since = now() - interval '3 days'");

/** Never consented, and lapsed. */
const ASKED = ["S2-0407", "S2-0413"];

const handleOf = (key: CampaignKey) =>
  client.workflow.getHandle<typeof reconsentCampaign>(campaignWorkflowId(key));

async function begin(): Promise<CampaignKey> {
  await db.query("delete from study.message");
  const { study, campaign } = await beginCampaign(db, "sleep-2", because);
  await Promise.all([1, 2, 3].map(() => startCampaign(client, { study, campaign })));
  return { study, campaign };
}

/** Who was written to by now, once there are so many. */
const written = (count: number) =>
  eventually(`${count} messages`, async () => {
    const { rows } = await db.query<{ who: string }>(
      `select p.short_id as who from study.message m join study.participant p on p.id = m.participant_id
       where m.status <> 'draft' order by 1`,
    );
    return rows.length >= count ? rows.map(({ who }) => who) : null;
  });

async function decide(who: string): Promise<void> {
  await db.query(
    `insert into study.consent_event (participant_id, at, what)
     select id, now(), 'denied' from study.participant where short_id = $1::text`,
    [who],
  );
}

test("begun three times over it is one run, which writes to each once by that person's own run", async () => {
  const key = await begin();
  assert.deepEqual(await written(2), ASKED);
  const runs: (string | undefined)[] = [];
  for await (const { workflowId } of client.workflow.list({
    query: `WorkflowType = "contactParticipant"`,
  }))
    runs.push(workflowId.split("/")[2]);
  assert.deepEqual(runs.toSorted(), ASKED);
  for (const who of ASKED) await decide(who);
  // Ops may wake it by hand: it looks, and finds that everybody has decided.
  await handleOf(key).signal("stopped");
  const { picked, invited, reminded, undecided, end } = await handleOf(key).result();
  assert.deepEqual([picked, invited, reminded, undecided, end], [2, 2, 0, 0, "everybody decided"]);
  assert.equal((await findCampaign(db, key))?.endedBy, "wearflow");
  await startCampaign(client, key);
  assert.equal((await handleOf(key).describe()).status.name, "COMPLETED", "over is over");
});

test("stopped by a coordinator it ends at once and what waits is taken back", async () => {
  await db.query("delete from study.consent_event");
  const key = await begin();
  await written(2);
  await endCampaign(db, key, because);
  await tellCampaignStopped(client, key);
  assert.equal((await handleOf(key).result()).end, "stopped");
  const { rows } = await db.query("select distinct status, status_reason from study.message");
  assert.deepEqual(rows, [{ status: "cancelled", status_reason: "campaign_ended" }]);
});

test("no name, no address, no link and no reason stands in any history or log line of it", async () => {
  const all = [...lines, await historyTexts(client)].join("\n");
  assert.match(all, /pickForCampaign/);
  assert.match(all, /everybody decided/);
  assert.doesNotMatch(all, /Kari|home\.example|to test|[?&]s=/);
});
