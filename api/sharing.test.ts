import assert from "node:assert/strict";
import { after, test } from "node:test";
import { sharingUrl } from "../consent/link.ts";
import { consentWorld } from "../testing/consent-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";
import { ours } from "./set-up-for-tests.ts";

const world = await ingestWorld();
after(() => world.stop());
const site = consentWorld(world);
const { newcomer } = site;
const { db } = world.deps;
const textOf = (reply: Response) => reply.text();

test("S37: consent given again replaces the grant and reads only what is not final", async () => {
  const participant = await newcomer(10);
  await site.consentAs(participant, await site.invite(participant));
  await runOnce(world, participant);
  world.setNow("2026-11-24T20:00:00Z");
  await runOnce(world, participant);
  const openDays = async () => {
    const { rows } = await db.query<{ day: string }>(
      `select m.day from study.ledger_metric m join study.participant p on p.id = m.participant_id
       where p.short_id = $1::text and m.series_id = 1 and m.final_at is null order by 1`,
      [participant],
    );
    return rows.map(({ day }) => day);
  };
  const open = await openDays();
  assert.ok(open.length > 0 && open.length < 5, `${open.length} open days`);
  world.upstream.simulator.revoke(participant);
  world.setNow("2026-11-26T12:00:00Z");
  assert.equal((await runOnce(world, participant)).outcome, "not_authorised");
  assert.equal((await world.connectionOf(participant))?.status, "reconsent_needed");
  world.setNow("2026-11-26T12:00:30Z");
  await site.consentAs(participant, await site.invite(participant));
  const { touchedDays } = await runOnce(world, participant);
  const [oldest = "", newest = ""] = [touchedDays.toSorted()[0], touchedDays.toSorted().at(-1)];
  assert.ok(oldest >= (open[0] ?? ""), `final days are left alone: ${oldest} after ${open[0]}`);
  assert.equal(newest, "2026-11-26");
  const minutes = (of: Map<number, number>) => [...of.keys()].sort((one, other) => one - other);
  assert.deepEqual(
    minutes(await world.stored(participant)),
    minutes(await world.truth(participant)),
  );
});

test("S14: a participant stops sharing on their own page: here and at Google, for good, and staff see it", async () => {
  const participant = await newcomer(11);
  const thanks = await textOf(await site.consentAs(participant, await site.invite(participant)));
  const own = sharingUrl("", participant, site.consent.signer);
  assert.ok(thanks.includes(own.replaceAll("&", "&amp;")), "the page that thanks leads there");
  assert.match(await textOf(await site.get(own)), /Heart rate[\s\S]*Stop sharing/);
  const body = new URLSearchParams(own.split("?")[1]);
  const reply = await site.app.request("/sharing", { method: "POST", headers: ours, body });
  const told = await textOf(reply);
  assert.match(told, /You share nothing any more/);
  assert.doesNotMatch(told, /Google could not be told/);
  assert.match(await textOf(await site.get(own)), /You share nothing/);
  assert.equal((await world.connectionOf(participant))?.status, "revoked");
  const kept = await db.query(
    `select from study.connection c join study.participant p on p.id = c.participant_id
     where p.short_id = $1::text and c.token_ciphertext is not null`,
    [participant],
  );
  assert.equal(kept.rowCount, 0, "no key to their account is kept");
  world.upstream.simulator.requests.reset();
  assert.equal((await runOnce(world, participant)).outcome, "not_authorised");
  assert.deepEqual(world.upstream.simulator.requests.counts(), {});
  const page = await textOf(await site.get(`/participants/${participant}/consent`));
  assert.match(
    page,
    /Access revoked[\s\S]*Who must act[\s\S]*decided so[\s\S]*Took the grant back/,
  );
});

test("when Google cannot be told that sharing ended, it ends here all the same and the page says what to do", async () => {
  const participant = await newcomer(12);
  await site.consentAs(participant, await site.invite(participant));
  world.fault({ kind: "tokenHtml502", path: "/revoke" });
  const body = new URLSearchParams(sharingUrl("", participant, site.consent.signer).split("?")[1]);
  const reply = await site.app.request("/sharing", { method: "POST", headers: ours, body });
  assert.match(await textOf(reply), /Google could not be told[\s\S]*myaccount\.google\.com/);
  assert.equal((await world.connectionOf(participant))?.status, "revoked");
});
