import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import type { ContactDeps } from "../activities/contact.ts";
import { createContactActivities } from "../activities/contact.ts";
import type { ReconsentDeps } from "../activities/reconsent.ts";
import { createReconsentActivities } from "../activities/reconsent.ts";
import type { OutgoingMail } from "../mail/mailer.ts";
import { readCampaignPeople } from "../sql/campaign-funnel.ts";
import { beginCampaign } from "../sql/consent-campaigns.ts";
import { saveContact } from "../sql/contacts.ts";
import { findParticipant } from "../sql/participants.ts";
import { only } from "../sql/pool.ts";
import { consentWorld } from "../testing/consent-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";

const DAY_MS = 86_400_000;
const started = new Date();
const daysAgo = (days: number) =>
  new Date(started.getTime() - days * DAY_MS).toISOString().slice(0, 10);
const STUDY = "test";
const because = { by: "a test", why: "to test" };

// Messages go by the database's clock, so this world's is today's.
const world = await ingestWorld({ epoch: daysAgo(30), firstNow: started.toISOString() });
after(() => world.stop());
const site = consentWorld(world);
const { db, clock, source } = world.deps;
const sent: OutgoingMail[] = [];
const deps: ContactDeps & ReconsentDeps = {
  db,
  cipher: site.cipher,
  clock,
  mailer: {
    name: "smtp",
    async send(mail) {
      sent.push(mail);
      return { status: "accepted", providerMessageId: randomBytes(8).toString("hex") };
    },
  },
  publicUrl: "http://127.0.0.1:8001",
  perMinute: 100,
  perDomain: 100,
  sourceName: source.name,
  startContact: async () => undefined,
  startCampaign: async () => undefined,
  log: world.deps.log,
};
const { pickForCampaign, takeCampaignTurn } = createReconsentActivities(deps);
const run = <Input, Result>(activity: (input: Input) => Promise<Result>, input: Input) =>
  new MockActivityEnvironment().run(activity, input) as Promise<Result>;

const statusOf = async (participant: string) => (await world.connectionOf(participant))?.status;

async function loseGrant(participant: string): Promise<void> {
  const body = JSON.stringify({ participant });
  const url = `${world.upstream.url}/simulator/revocations`;
  assert.equal((await fetch(url, { method: "POST", body })).status, 200);
  world.setNow(new Date(clock().getTime() + 2 * 3_600_000).toISOString());
  await runOnce(world, participant);
  await db.query("update study.connection set status_since = now() - interval '3 days'");
}

/** The address of consent that stands in the only mail that left. */
function linkSent(): string {
  const [found] = /http:\/\/127\.0\.0\.1:8001(\/consent\?\S+)/.exec(only(sent, "mail").text) ?? [];
  assert.ok(found, "the mail holds the link");
  const { pathname, search } = new URL(found);
  return pathname + search;
}

test("a campaign writes to who lost their grant, their link leads to Google and back, and the campaign has no more to ask", async () => {
  const participant = await world.connectPerson(0, daysAgo(6));
  await runOnce(world, participant);
  await db.query(
    `update study.setting set settings = settings || '{"quietHours": {"from": "00:00", "to": "00:00"}}'`,
  );
  const person = await findParticipant(db, participant);
  assert.ok(person);
  const contact = { name: "Kari", email: "kari@home.example", language: "en", emailConsent: true };
  await saveContact({ db, cipher: deps.cipher }, person, contact, because);
  await loseGrant(participant);
  assert.equal(await statusOf(participant), "reconsent_needed");

  const { study, campaign } = await beginCampaign(db, STUDY, because);
  assert.deepEqual(await run(pickForCampaign, { study, campaign }), { picked: 1 });
  const round = { study, campaign, roundFrom: new Date(Date.now() + 1000).toISOString() };
  const first = await run(takeCampaignTurn, round);
  assert.deepEqual([first.invited, first.undecided], [1, 1]);
  await db.query("update study.message set undo_until = now()");
  const { rows } = await db.query<{ id: string }>("select id from study.message");
  const { sendMessage } = createContactActivities(deps);
  await run(sendMessage, { message: only(rows, "message").id });

  const thanks = await (await site.consentAs(participant, linkSent())).text();
  assert.match(thanks, /Thank you/);
  assert.equal(await statusOf(participant), "active");
  assert.equal((await run(takeCampaignTurn, round)).undecided, 0);
  const asked = await readCampaignPeople(db, { study, campaign }, source.name);
  assert.deepEqual(
    asked.map(({ went, decided, whole }) => [went, decided, whole]),
    [[1, "granted", true]],
  );
  assert.equal((await runOnce(world, participant)).outcome, "complete");
});
