import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import type { NewParticipant } from "./enrolment.ts";
import { addParticipants, readKnown } from "./enrolment.ts";
import { findParticipant, readChangeCounter } from "./participants.ts";
import { StudySettings } from "./studies.ts";
import { addPlace, changeSettings, createStudy, findSetUp, readSetUp } from "./study-changes.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const because = { by: "ola", why: "protocol 1.2" };
const settings = StudySettings.parse({});
const newest = async () =>
  (
    await database.app.query(
      "select actor, action, entity, reason, detail from audit.entry order by seq desc limit 1",
    )
  ).rows[0];
const audited = async () =>
  (await database.app.query<{ n: number }>("select count(*)::int as n from audit.entry")).rows[0]
    ?.n;
const person = (shortId: string, change: Partial<NewParticipant> = {}): NewParticipant => ({
  shortId,
  timeZone: "Europe/Oslo",
  enrolledOn: "2026-11-01",
  state: "active",
  site: null,
  arm: null,
  ...change,
});

test("a study is made once, with its first settings and an audit entry", async () => {
  await createStudy(database.app, { slug: "sleep", name: "Sleep", settings }, because);
  const { detail, ...entry } = await newest();
  assert.deepEqual(entry, {
    actor: "ola",
    action: "study.create",
    entity: "sleep",
    reason: "protocol 1.2",
  });
  assert.equal(detail.settings.validDayMinutes, 600);
  const before = await audited();
  const again = createStudy(database.app, { slug: "sleep", name: "Other", settings }, because);
  await assert.rejects(again, /There is a study sleep already/);
  await assert.rejects(
    createStudy(database.app, { slug: "Sleep 2", name: "x", settings }, because),
    /lower-case/,
  );
  assert.equal(await audited(), before);
});

test("settings are versions: the newest holds, the older stay, and nobody overwrites another's", async () => {
  const wanted = { ...settings, validDayMinutes: 480 };
  const change = { slug: "sleep", basedOn: 1, settings: wanted, changes: { validDayMinutes: 480 } };
  await changeSettings(database.app, change, because);
  await assert.rejects(changeSettings(database.app, change, because), /since version 1/);
  const { versions } = await findSetUp(database.app, "sleep");
  assert.deepEqual(
    versions.map((each) => [each.version, each.settings.validDayMinutes, each.by, each.why]),
    [
      [2, 480, "ola", "protocol 1.2"],
      [1, 600, "ola", "protocol 1.2"],
    ],
  );
  assert.deepEqual((await newest()).detail, { version: 2, changes: { validDayMinutes: 480 } });
  const two = await Promise.allSettled(
    ["a", "b"].map((by) =>
      changeSettings(database.app, { ...change, basedOn: 2 }, { by, why: "at once" }),
    ),
  );
  assert.deepEqual(two.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

test("sites and arms belong to a study and are added once", async () => {
  await addPlace(database.app, { slug: "sleep", place: "site", name: "Oslo" }, because);
  assert.equal((await newest()).action, "study.add_site");
  await addPlace(database.app, { slug: "sleep", place: "arm", name: "A" }, because);
  const again = addPlace(database.app, { slug: "sleep", place: "arm", name: "A" }, because);
  await assert.rejects(again, /has the arm A already/);
  const [study] = await readSetUp(database.app, "sleep");
  assert.deepEqual([study?.sites, study?.arms], [["Oslo"], ["A"]]);
  await assert.rejects(findSetUp(database.app, "none"), /no study none; there is sleep/);
});

test("1000 participants are enrolled in one statement with one audit entry, or none is", async () => {
  const people = Array.from({ length: 1000 }, (_, n) =>
    person(`M-${n}`, { site: "Oslo", arm: n % 2 === 0 ? "A" : null }),
  );
  const before = await readChangeCounter(database.app);
  await addParticipants(database.app, { study: "sleep", people }, because);
  assert.ok((await readChangeCounter(database.app)) > before, "pages hear of it");
  const { action, detail } = await newest();
  assert.deepEqual([action, detail.participants.length], ["participant.add", 1000]);
  const known = await readKnown(database.app, {
    shortIds: ["M-0", "M-1", "M-x"],
    timeZones: ["Europe/Oslo", "europe/oslo", "Mars/Base"],
  });
  assert.deepEqual([...known.timeZones], ["Europe/Oslo"]);
  assert.deepEqual([...known.enrolled.keys()].sort(), ["M-0", "M-1"]);
  assert.equal(known.enrolled.get("M-0")?.arm, "A");
  const entries = await audited();
  const clash = [person("N-1"), person("M-7")];
  await assert.rejects(
    addParticipants(database.app, { study: "sleep", people: clash }, because),
    /nobody was enrolled/,
  );
  assert.equal(await findParticipant(database.app, "N-1"), null);
  assert.equal(await audited(), entries);
});
