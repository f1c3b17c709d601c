import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readParticipantHistory } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import { findSetUp } from "../sql/study-changes.ts";
import { ours, pagesOf, settingTexts, startPages } from "./set-up-for-tests.ts";
import { fillStudy } from "./study-for-tests.ts";

const now = new Date("2026-11-25T12:00:00Z");
const { database, get, post, settled } = await startPages(now);
after(() => database.stop());

const why = "protocol 1.2";

test("an installation without a study shows how to make one, and making it is audited under the visitor's name", async () => {
  assert.match(await (await get("/set-up")).text(), /No study yet/);
  assert.equal((await get("/set-up/participants")).headers.get("Location"), "/set-up");
  const reply = await post("/set-up/studies", { slug: "pilot", name: "Pilot <b>", why });
  await settled(reply, "/set-up/studies/pilot?done=study");
  const { rows } = await database.app.query("select actor, action, reason from audit.entry");
  assert.deepEqual(rows, [{ actor: "demo coordinator", action: "study.create", reason: why }]);
  assert.match(await (await get("/set-up")).text(), /Pilot &lt;b&gt;/);
});

test("what is wrong stands beside its field, with what was typed, and nothing is changed", async () => {
  const reply = await post("/set-up/studies", { slug: "Pilot 2", name: "Second", why: " " });
  assert.equal(reply.status, 422);
  const page = await reply.text();
  assert.match(page, /id="create-why-error">Say why/);
  assert.match(page, /value="Second"/);
  assert.match(page, /role="alert"><b>Nothing was changed/);
  assert.match(page, /href="#create-why"/);
  const taken = await (await post("/set-up/studies", { slug: "pilot", name: "x", why })).text();
  assert.match(taken, /id="create-slug-error">There is a study pilot already/);
});

test("settings become a new version, and every version stays with who, when and why", async () => {
  const texts = settingTexts(await (await get("/set-up/studies/pilot")).text());
  const same = await post("/set-up/studies/pilot/settings", { ...texts, version: "1", why });
  assert.match(await same.text(), /Nothing differs from version 1/);
  const wanted = { ...texts, validDayMinutes: "480", version: "1", why: "amendment 3" };
  const bad = await post("/set-up/studies/pilot/settings", {
    ...wanted,
    ofDays: "0",
    lowSleepHours: "x",
  });
  const page = await bad.text();
  assert.match(page, /id="settings-ofDays-error">must be a whole number from 1 to 30/);
  assert.match(page, /id="settings-lowSleepHours-error"/);
  assert.match(page, /value="480"/);
  const good = await post("/set-up/studies/pilot/settings", wanted);
  await settled(good, "/set-up/studies/pilot?done=settings");
  const shown = await (await get("/set-up/studies/pilot")).text();
  assert.match(
    shown,
    /Version 2<\/b>.*demo coordinator[\s\S]*amendment 3[\s\S]*validDayMinutes: 600 → 480/,
  );
  const late = await (
    await post("/set-up/studies/pilot/settings", { ...wanted, validDayMinutes: "500" })
  ).text();
  assert.match(late, /Somebody has changed these settings since version 1/);
});

test("sites, arms and a participant are added, and an unknown zone is told beside its field", async () => {
  const site = await post("/set-up/studies/pilot/sites", { name: " Oslo ", why });
  await settled(site, "/set-up/studies/pilot?done=site");
  await settled(
    await post("/set-up/studies/pilot/arms", { name: "A", why }),
    "/set-up/studies/pilot?done=arm",
  );
  assert.deepEqual((await findSetUp(database.app, "pilot")).sites, ["Oslo"]);
  const wish = {
    study: "pilot",
    id: "F-1",
    time_zone: "Europe/Olso",
    enrolled_on: "2026-11-01",
    site: "Oslo",
    arm: "A",
    state: "active",
    why,
  };
  const bad = await post("/set-up/participants", wish);
  assert.equal(bad.status, 422);
  const page = await bad.text();
  assert.match(page, /id="add-time_zone-error">“Europe\/Olso” is not a time zone/);
  assert.match(page, /<option value="Oslo" selected>/);
  const good = await post("/set-up/participants", { ...wish, time_zone: "Europe/Oslo" });
  await settled(good, "/set-up/participants?study=pilot&done=enrolled");
  assert.equal((await findParticipant(database.app, "F-1"))?.arm, "A");
});

test("a participant is paused, resumed and moved with a reason, and the page shows the history", async () => {
  const noWhy = await post("/set-up/participants/F-1/pause", {});
  assert.equal(noWhy.status, 422);
  await settled(
    await post("/set-up/participants/F-1/pause", { why: "surgery" }),
    "/set-up/participants/F-1?done=state",
  );
  const again = await post("/set-up/participants/F-1/pause", { why: "surgery" });
  assert.match(await again.text(), /F-1 is paused: cannot pause/);
  await settled(
    await post("/set-up/participants/F-1/resume", { why: "home" }),
    "/set-up/participants/F-1?done=state",
  );
  const badMove = await post("/set-up/participants/F-1/move", {
    timeZone: "Asia/Tokyo",
    from: "yesterday",
    why,
  });
  assert.match(await badMove.text(), /id="move-from-error">must be an instant/);
  await settled(
    await post("/set-up/participants/F-1/move", { timeZone: "Asia/Tokyo", from: "", why }),
    "/set-up/participants/F-1?done=move",
  );
  const page = await (await get("/set-up/participants/F-1")).text();
  assert.match(page, /Paused → Active[\s\S]*home[\s\S]*Active → Paused[\s\S]*surgery/);
  assert.match(page, /Asia\/Tokyo[\s\S]*Europe\/Oslo/);
  assert.equal((await readParticipantHistory(database.app, "F-1")).states.length, 3);
});

test("another site's form, a request without an origin, and a GET change nothing", async () => {
  const path = "/set-up/participants/F-1/pause";
  const strangers: readonly (readonly [string, Record<string, string>])[] = [
    ["cross-site form", { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" }],
    ["same-site form", { "Sec-Fetch-Site": "same-site" }],
    ["another origin", { Origin: "http://evil.example" }],
    ["null origin", { Origin: "null" }],
    ["no origin", {}],
    ["JSON", { "Content-Type": "application/json" }],
  ];
  for (const [what, headers] of strangers)
    assert.equal((await post(path, { why: "x" }, headers)).status, 403, what);
  for (const each of [
    path,
    "/set-up/studies",
    "/set-up/import/check",
    "/set-up/import/apply",
    "/set-up/studies/pilot/settings",
  ])
    assert.equal((await get(each)).status, 405, each);
  assert.equal((await findParticipant(database.app, "F-1"))?.state, "active");
  const plain = await post(path, { why: "holiday" }, { Origin: "http://localhost" });
  assert.equal(plain.status, 303, "a browser without Sec-Fetch-Site");
});

test("without a right nothing is shown and nothing changed", async () => {
  const closed = pagesOf(database, now, false);
  for (const path of [
    "/set-up",
    "/set-up/studies/pilot",
    "/set-up/participants",
    "/set-up/participants/F-1",
  ])
    assert.equal((await closed.request(path)).status, 401, path);
  for (const path of [
    "/set-up/studies",
    "/set-up/participants",
    "/set-up/import/apply",
    "/set-up/participants/F-1/resume",
  ])
    assert.equal(
      (await closed.request(path, { method: "POST", headers: ours, body: "why=x" })).status,
      303,
      path,
    );
});

test("a body too large is refused with a page, and unknown studies and participants are 404", async () => {
  const large = await post("/set-up/studies", { slug: "x".repeat(70_000), name: "x", why });
  assert.equal(large.status, 413);
  assert.match(await large.text(), /That is too large/);
  for (const path of [
    "/set-up/studies/none",
    "/set-up/participants?study=none",
    "/set-up/participants/none",
  ])
    assert.equal((await get(path)).status, 404, path);
  assert.equal((await post("/set-up/import/check", { study: "none", csv: "id" })).status, 404);
});

test("every set-up page renders for every kind of participant, with nothing undefined", async () => {
  await fillStudy(database.app, now);
  for (const path of [
    "/set-up",
    "/set-up/participants?study=sleep-2&q=04",
    "/set-up/participants/S2-0408",
    "/set-up/participants/S2-0407",
  ]) {
    const reply = await get(path);
    assert.equal(reply.status, 200, path);
    const page = await reply.text();
    assert.doesNotMatch(page, /undefined|null|NaN|<td[^>]*>\s*<\/td>/, path);
  }
});
