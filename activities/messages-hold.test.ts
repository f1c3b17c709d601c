import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import { suggestedTemplate } from "../api/message-words.ts";
import type { DraftWish } from "../messages/draft-message.ts";
import { makeDraft } from "../messages/draft-message.ts";
import { TEMPLATE_NAMES } from "../messages/template-names.ts";
import { listCandidates, listToSend, setRules } from "../sql/message-rules.ts";
import { readGrounds, readPermission } from "../sql/message-sending.ts";
import { findMessage, readBody } from "../sql/messages.ts";
import { changeState } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import { listStudies } from "../sql/studies.ts";
import type { ContactWorld } from "../testing/contact-world.ts";
import { because, contactWorld } from "../testing/contact-world.ts";
import { createContactActivities } from "./contact.ts";

/** What a hostile reviewer found: messages that were not so, of days long past, or never reached whom they were for. */
const LITTLE = [300, 410, 520, 380, 450, 290, 450, 505, 340, 520, 280, 470, 390, 120];
const STOPPED = [880, 940, 905, 1010, 860, 930, 990, 870, 915, 960, 0, 0, 0, 0];
const PEOPLE = [
  { id: "revoked", connection: "revoked", outcome: "not_authorised" },
  { id: "paused", days: LITTLE },
  { id: "long-ago", days: LITTLE },
  { id: "little", days: LITTLE },
  { id: "nights", syncHoursAgo: 110 },
  { id: "no-device", syncHoursAgo: null, battery: null, days: STOPPED },
  { id: "at-risk", syncHoursAgo: 130 },
  { id: "forgotten", syncHoursAgo: 24 * 30 },
  { id: "withheld", connection: "scope_missing", syncHoursAgo: 24 * 6.5 },
  { id: "ended" },
  { id: "Leeds-5", syncHoursAgo: 60 },
] as const;

let world: ContactWorld;
before(async () => {
  world = await contactWorld(PEOPLE);
  await run("update study.connection set status_since = now() - interval '3 days'");
  await of("withheld", "update study.connection set missing_permissions = '{device}' where");
});
after(() => world.stop());
beforeEach(async () => {
  for (const table of ["message", "message_rule"]) await run(`delete from study.${table}`);
});

const run = async (text: string, values: readonly unknown[] = []) =>
  (await world.deps.db.query(text, [...values])).rows;
/** Runs a statement that ends in `where` for one participant. */
const of = async (who: string, text: string) =>
  run(`${text} participant_id = $1::int`, [(await person(who)).id]);

async function person(who: string) {
  const found = await findParticipant(world.deps.db, who);
  assert.ok(found);
  return found;
}

async function study() {
  const [found] = await listStudies(world.deps.db);
  assert.ok(found);
  return found;
}

const groundsOf = async (who: string) =>
  readGrounds(
    world.deps.db,
    { participantId: (await person(who)).id, templates: TEMPLATE_NAMES },
    (await study()).settings,
  );

const refusalsOf = async (who: string, template: string) => {
  const asked = { participantId: (await person(who)).id, template };
  return (await readPermission(world.deps.db, asked, (await study()).settings)).refusals;
};

async function flagOf(who: string): Promise<Readonly<Record<string, unknown>>> {
  const [flag] = await run("select * from reporting.participant_flag where participant = $1", [
    who,
  ]);
  assert.ok(flag);
  return flag;
}

/** The words somebody would read. */
async function textOf(who: string, template: DraftWish["template"]): Promise<string> {
  const id = await makeDraft(
    world.deps,
    await person(who),
    { template, paragraph: "" },
    because.by,
  );
  const message = await findMessage(world.deps.db, id);
  assert.ok(message);
  return (await readBody(world.deps, message))?.text ?? "";
}

const applyRules = () =>
  new MockActivityEnvironment().run(createContactActivities(world.deps).applyMessageRules);

test("who took their permission back is asked again by no rule and no template, and still needs attention", async () => {
  await setRules(world.deps.db, "sleep-2", { consent_needed: "send" }, because);
  await applyRules();
  const { consent_needed, connection } = await flagOf("revoked");
  assert.deepEqual([consent_needed, connection], [true, "revoked"]);
  assert.equal(suggestedTemplate(await groundsOf("revoked")), "thanks");
  assert.ok((await refusalsOf("revoked", "consent_needed")).includes("not_true"));
  const written = await run(
    "select p.short_id from study.message m join study.participant p on p.id = m.participant_id",
  );
  assert.deepEqual(written, [{ short_id: "withheld" }]);
});

/** Moves all judged days of somebody into the past. */
const age = (who: string, days: number) =>
  of(
    who,
    `update study.judged_day set day = day - ${days}, starts_at = starts_at - interval '${days} days',
       ends_at = ends_at - interval '${days} days' where`,
  );

test("low wear is said of the last days: of none long ago, and of none before a pause", async () => {
  assert.equal((await flagOf("little"))["low_wear"], true);
  await age("long-ago", 20);
  for (const verb of ["pause", "resume"] as const)
    await changeState(world.deps.db, { shortId: "paused", verb }, because);
  for (const who of ["long-ago", "paused"]) {
    const { low_wear, low_wear_days } = await flagOf(who);
    assert.deepEqual([low_wear, low_wear_days], [false, 0], who);
    assert.ok(!(await groundsOf(who)).includes("low_wear"), who);
  }
});

test("nights after the last sync are unknown, and few nights are told only of those that are known", async () => {
  const { id } = await person("nights");
  await run(
    `insert into study.session (participant_id, series_id, provider_session_id, kind, main, day, starts_at, ends_at, seen_at)
     select $1::int, (select min(id) from study.series where data_type = 'sleep'), 'n' || g, 'sleep', true,
       current_date - g, now() - make_interval(days => g, hours => 8), now() - make_interval(days => g), now()
     from generate_series(5, 20) g`,
    [id],
  );
  await run(
    `insert into study.ledger_metric (participant_id, day, series_id, received_minutes, content_hash, read_at)
     select $1::int, current_date - g, (select min(id) from study.series where data_type = 'sleep'), 0, '\\x00', now()
     from generate_series(0, 8) g`,
    [id],
  );
  const told = async () => (await groundsOf("nights")).includes("few_nights");
  assert.equal(await told(), false, "five nights nobody knows of");
  await of("nights", "update study.device set last_sync_at = now() - interval '1 hour' where");
  assert.equal(await told(), true, "it has handed over that there were none");
  for (const verb of ["pause", "resume"] as const)
    await changeState(world.deps.db, { shortId: "nights", verb }, because);
  assert.equal(await told(), false, "nobody asked for nights before a pause ended");
});

test("who is inactive by their newest sample reads since when, and not that nothing ever came", async () => {
  assert.ok((await groundsOf("no-device")).includes("inactive"));
  const day = new Date(String((await flagOf("no-device"))["newest_at"]));
  const words = new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    timeZone: "Europe/Oslo",
  });
  assert.match(await textOf("no-device", "inactive"), new RegExp(`since ${words.format(day)}\\.`));
});

test("that data can be saved is told only while the device still holds it; then that it has not synced", async () => {
  assert.equal(suggestedTemplate(await groundsOf("at-risk")), "data_at_risk");
  assert.doesNotMatch(await textOf("at-risk", "data_at_risk"), /week|\d days/);
  assert.equal(suggestedTemplate(await groundsOf("forgotten")), "inactive");
  assert.ok((await refusalsOf("forgotten", "data_at_risk")).includes("not_true"));
});

test("the end of the study is told with the last day that is read, and for how long it may be", async () => {
  await changeState(world.deps.db, { shortId: "ended", verb: "complete" }, because);
  const text = await textOf("ended", "study_end");
  assert.match(text, /records after \w+day \d+ \w+ is read\. .* at most 30 days/);
  assert.doesNotMatch(text, /No more data is read/);
});

test("where nobody may look at the device, its old sync says nothing: the newest sample does", async () => {
  const { inactive, data_at_risk, newest_at } = await flagOf("withheld");
  assert.deepEqual([inactive, data_at_risk], [false, false]);
  assert.ok(Date.now() - Number(newest_at) < 3_600_000);
});

test("a message that is refused stands before none that may go", async () => {
  await of("withheld", "update study.connection set missing_permissions = '{heart}' where");
  assert.ok((await refusalsOf("withheld", "data_at_risk")).includes("our_fault"));
  assert.deepEqual((await groundsOf("withheld")).slice(0, 3), [
    "consent_needed",
    "data_at_risk",
    "inactive",
  ]);
  const [found] = (await listCandidates(world.deps.db, await study(), 500)).filter(
    ({ participant }) => participant === "withheld",
  );
  await of("withheld", "update study.connection set missing_permissions = '{device}' where");
  assert.deepEqual([found?.template, found?.refusals], ["consent_needed", []]);
});

test("whoever a rule sends to is reached, however many there are to whom it may not or only proposes", async () => {
  const { db } = world.deps;
  const who = (found: readonly Readonly<{ participant: string }>[]) =>
    found.map(({ participant }) => participant);
  await setRules(db, "sleep-2", { few_nights: "off", inactive: "send" }, because);
  assert.notDeepEqual(who(await listCandidates(db, await study(), 1)), ["no-device"]);
  assert.deepEqual(who(await listToSend(db, await study(), 1)), ["no-device"]);
  await run("update pii.contact set email_consent = false where participant_id = $1", [
    (await person("no-device")).id,
  ]);
  assert.deepEqual(who(await listToSend(db, await study(), 1)), ["forgotten"]);
});

test("a site's own people are listed, however many others there are", async () => {
  const found = await listCandidates(world.deps.db, await study(), 1, "Leeds");
  assert.deepEqual(
    found.map(({ participant, template }) => [participant, template]),
    [["Leeds-5", "inactive"]],
  );
});
