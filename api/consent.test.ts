import assert from "node:assert/strict";
import { after, test } from "node:test";
import { scopes } from "../simulator/oauth/scopes.ts";
import { changeState } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import { readTexts } from "../testing/audit-texts.ts";
import { consentWorld } from "../testing/consent-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";

const world = await ingestWorld();
after(() => world.stop());
const site = consentWorld(world);
const { newcomer, happened } = site;
const { db } = world.deps;
const { roster } = world.upstream.simulator;
const because = { by: "a test", why: "to test" };
const textOf = (reply: Response) => reply.text();

test("S13: by their link somebody reads what is shared with whom, in their language, goes to Google and is thanked", async () => {
  const participant = await newcomer(0);
  const invitation = await site.invite(participant);
  const page = await textOf(await site.get(invitation));
  assert.match(page, /<html lang="en">[\s\S]*Share your tracker&#39;s data with Test study/);
  for (const thing of ["Heart rate", "Activity", "Sleep", "Your tracker", "With whom", participant])
    assert.ok(page.includes(thing), thing);
  const norwegian = await textOf(await site.get(`${invitation}&lang=nb`));
  assert.match(norwegian, /<html lang="nb">[\s\S]*Del data fra måleren din med Test study/);
  const { to } = await site.leave(invitation);
  const asked = Object.fromEntries(to.searchParams);
  assert.equal(asked["access_type"], "offline");
  assert.equal(asked["prompt"], "consent");
  assert.equal(asked["code_challenge_method"], "S256");
  assert.match(asked["code_challenge"] ?? "", /^[\w-]{43}$/);
  const thanks = await textOf(await site.consentAs(participant, invitation));
  assert.match(thanks, /Thank you[\s\S]*Test study can now read/);
  assert.deepEqual(await world.connectionOf(participant), {
    status: "active",
    status_reason: "consent given",
  });
  assert.deepEqual(await happened(participant), ["granted"]);
  assert.deepEqual(site.fetched, [participant], "the first run begins at once");
  assert.equal((await runOnce(world, participant)).outcome, "complete");
});

test("S13: a link opens nothing once it was used, has expired, was ended or altered, or its participant has withdrawn", async () => {
  const participant = await newcomer(1);
  const used = await site.invite(participant);
  const waiting = await site.invite(participant);
  await site.consentAs(participant, used);
  const expired = await site.invite(participant, {
    expiresAt: new Date(world.deps.clock().getTime() + 1000),
  });
  world.setNow("2026-11-24T12:01:00Z");
  const open = await site.invite(participant);
  const person = await findParticipant(db, participant);
  assert.ok(person);
  const dead: readonly (readonly [string, RegExp])[] = [
    [used, /This link was used/],
    [waiting, /This link is no longer good/],
    [expired, /This link is too old/],
    [
      open.replace(/s=(.)/, (_, first) => (first === "A" ? "s=B" : "s=A")),
      /This link does not work/,
    ],
    [open.replace(/l=[0-9a-f]{8}/, "l=00000000"), /This link does not work/],
    ["/consent?l=x", /This link does not work/],
  ];
  for (const [address, words] of dead) {
    for (const path of ["/consent?", "/consent/begin?"]) {
      const reply = await site.get(address.replace("/consent?", path));
      assert.equal(reply.status, 410, address);
      assert.match(await textOf(reply), words);
    }
  }
  const left = await site.leave(open);
  await changeState(db, { shortId: participant, verb: "withdraw" }, because);
  assert.equal((await site.get(open)).status, 410);
  left.to.searchParams.set("login_hint", participant);
  const back = await fetch(left.to, { redirect: "manual" });
  const callback = new URL(back.headers.get("Location") ?? "");
  const reply = await site.get(callback.pathname + callback.search, { Cookie: left.cookie });
  assert.equal(reply.status, 410, "also for who was at Google meanwhile");
  assert.equal(
    (
      await db.query(
        "select from study.connection where participant_id = $1::int and token_version > 0",
        [person.id],
      )
    ).rowCount,
    0,
  );
});

test("S13: one link used in two browsers at once connects once", async () => {
  const participant = await newcomer(2);
  const invitation = await site.invite(participant);
  const replies = await Promise.all([1, 2, 3].map(() => site.consentAs(participant, invitation)));
  const pages = await Promise.all(replies.map(textOf));
  assert.equal(pages.filter((page) => page.includes("Thank you")).length, 1);
  assert.deepEqual(await happened(participant), ["granted"]);
});

test("a permission that was not ticked is named, one button grants it, and no fetch had to be refused for it", async () => {
  const participant = await newcomer(3);
  world.fault({ kind: "scopeSubset", scopes: [scopes.health, scopes.sleep, scopes.settings] });
  const thanks = await textOf(await site.consentAs(participant, await site.invite(participant)));
  assert.match(thanks, /Something is missing[\s\S]*<dt>Activity<\/dt>/);
  assert.doesNotMatch(thanks, /<dt>Sleep<\/dt>/);
  assert.equal((await world.connectionOf(participant))?.status, "scope_missing");
  await runOnce(world, participant);
  assert.deepEqual(
    await world.connectionOf(participant),
    { status: "scope_missing", status_reason: "Not granted: activity" },
    "that heart rate can be read does not grant activity",
  );
  const held = await db.query("select from study.connection_event");
  assert.equal(held.rowCount, 0, "nothing counts towards the mass breaker");
  const button = /href="(\/consent\/begin\?[^"]+)"/.exec(thanks)?.[1] ?? "";
  const rest = button.replaceAll("&amp;", "&").replace("/consent/begin?", "/consent?");
  const done = await textOf(await site.consentAs(participant, rest));
  assert.match(done, /There is nothing more to do/);
  assert.equal((await world.connectionOf(participant))?.status, "active");
  assert.deepEqual(await happened(participant), [
    "granted_partly",
    "old_grant_replaced",
    "granted",
  ]);
});

test("who says no at Google shares nothing and may think again with the same link", async () => {
  const participant = await newcomer(4);
  const invitation = await site.invite(participant);
  world.fault({ kind: "accessDenied" });
  const page = await textOf(await site.consentAs(participant, invitation));
  assert.match(page, /You shared nothing[\s\S]*Try again/);
  assert.equal(await world.connectionOf(participant), undefined);
  assert.match(await textOf(await site.consentAs(participant, invitation)), /Thank you/);
});

test("what comes back from Google in another browser, twice, late or with another state is not taken", async () => {
  const participant = await newcomer(5);
  const invitation = await site.invite(participant);
  const { to, cookie } = await site.leave(invitation);
  to.searchParams.set("login_hint", participant);
  const back = await fetch(to, { redirect: "manual" });
  const callback = new URL(back.headers.get("Location") ?? "");
  const path = callback.pathname + callback.search;
  const other = (await site.leave(invitation)).cookie;
  for (const stranger of ["", other]) {
    assert.match(await textOf(await site.get(path, { Cookie: stranger })), /Please begin again/);
  }
  world.setNow("2026-11-24T13:30:00Z");
  assert.match(await textOf(await site.get(path, { Cookie: cookie })), /Please begin again/);
  assert.equal(await world.connectionOf(participant), undefined);
});

test("an outage of Google is told as one: nothing is shared, and the link goes on being good", async () => {
  const participant = await newcomer(6);
  const invitation = await site.invite(participant);
  world.fault({ kind: "tokenHtml502" });
  const page = await textOf(await site.consentAs(participant, invitation));
  assert.match(page, /Google did not finish[\s\S]*nothing you did/);
  assert.match(await textOf(await site.consentAs(participant, invitation)), /Thank you/);
});

test("the account of somebody else in the study is refused, and so is another than before unless staff said so", async () => {
  const [participant, someone] = [await newcomer(7), await newcomer(8)];
  await site.consentAs(someone, await site.invite(someone));
  const refused = await textOf(await site.consentAs(someone, await site.invite(participant)));
  assert.match(refused, /connected for somebody else/);
  await site.consentAs(participant, await site.invite(participant));
  const stranger = roster[9]?.participant ?? "";
  const other = await textOf(await site.consentAs(stranger, await site.invite(participant)));
  assert.match(other, /another Google account/);
  const allowed = await site.invite(participant, { otherAccount: true });
  assert.match(await textOf(await site.consentAs(stranger, allowed)), /Thank you/);
  assert.deepEqual(await happened(participant), [
    "account_in_use",
    "granted",
    "other_account",
    "old_grant_replaced",
    "granted",
  ]);
});

test("the funnel says of everybody who is to be asked how far they have come, and leaves out who needs nothing", async () => {
  const [asked, looked, never] = [await newcomer(13), await newcomer(14), await newcomer(15)];
  await site.invite(asked);
  await site.get(await site.invite(looked));
  const page = await textOf(await site.get("/consents"));
  const stageOf = (participant: string) =>
    new RegExp(`>${participant}</a>[^]*?</svg>([^<]+)<`).exec(page)?.[1]?.trim();
  assert.equal(stageOf(asked), "Invited, not opened");
  assert.equal(stageOf(looked), "Opened");
  assert.equal(stageOf(never), "Not invited yet");
  assert.equal(stageOf(roster[3]?.participant ?? ""), "Done");
  assert.equal(
    stageOf(roster[1]?.participant ?? ""),
    undefined,
    "who has withdrawn is asked nothing",
  );
});

test("no secret of a link, a code or a token is in a log line, the audit or an event", async () => {
  const secrets = /1\/\/|ya29\.|[?&](s|code|state)=|4\/0/;
  assert.ok(site.lines.length > 0, "something was logged in all of this");
  assert.doesNotMatch(site.lines.join("\n"), secrets);
  assert.doesNotMatch(await readTexts(db), secrets);
});
