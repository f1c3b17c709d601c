import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { contactWorld } from "../testing/contact-world.ts";
import { readGrounds, readPermission } from "./message-sending.ts";
import { findParticipant } from "./participants.ts";
import { listStudies } from "./studies.ts";

const [SILENT, WELL, NEW] = ["S2-0403", "S2-0401", "S2-0407"];
const world = await contactWorld();
after(() => world.stop());
const { db } = world.deps;
const query = (text: string, values: readonly unknown[] = []) => db.query(text, [...values]);
const [study] = await listStudies(db);
assert.ok(study);
const { settings } = study;
beforeEach(() => grant("active"));

/** How everybody's consent stands, and what was left out of it. */
const grant = (status: string, missing: readonly string[] = []) =>
  query(
    `update study.connection set status = $1::text, missing_permissions = $2::text[],
       status_since = now() - interval '3 days'`,
    [status, missing],
  );

async function idOf(who: string): Promise<number> {
  const person = await findParticipant(db, who);
  assert.ok(person);
  return person.id;
}

const refusalsOf = async (who: string, template: string) =>
  (await readPermission(db, { participantId: await idOf(who), template }, settings)).refusals;

const groundsOf = async (who: string, ...templates: readonly string[]) =>
  readGrounds(db, { participantId: await idOf(who), templates }, settings);

/** What each message needs to be true: without it, it is held back; without anything else it is not. */
const rests: Readonly<Record<string, readonly string[]>> = {
  inactive: ["heart", "device"],
  data_at_risk: ["heart", "device"],
  battery_low: ["device"],
  low_wear: ["heart", "activity", "device"],
  few_nights: ["sleep", "device"],
  consent_needed: [],
  thanks: [],
};

test("a permission that was withheld holds back the messages that rest on it, and no other", async () => {
  for (const missing of ["heart", "activity", "sleep", "device"]) {
    await grant("scope_missing", [missing]);
    for (const [template, needs] of Object.entries(rests)) {
      const isHeld = (await refusalsOf(WELL, template)).includes("our_fault");
      assert.equal(isHeld, needs.includes(missing), `${template} without ${missing}`);
    }
  }
});

test("who withheld sleep alone is still told that the device has not synced", async () => {
  await grant("scope_missing", ["sleep"]);
  assert.deepEqual(await refusalsOf(SILENT, "inactive"), []);
  const id = await world.queued(SILENT);
  assert.equal(await world.status(id), "queued");
});

test("where nobody knows what is missing, everything that rests on a measurement is held back", async () => {
  await grant("scope_missing");
  for (const [template, needs] of Object.entries(rests)) {
    const isHeld = (await refusalsOf(SILENT, template)).includes("our_fault");
    assert.equal(isHeld, needs.length > 0, template);
  }
});

test("who never consented is asked for a first consent, and who did once is asked again", async () => {
  const both = ["consent_first", "consent_needed"];
  assert.deepEqual(await groundsOf(NEW, ...both), ["consent_first"]);
  assert.deepEqual(await groundsOf(WELL, ...both), []);
  await grant("reconsent_needed");
  assert.deepEqual(await groundsOf(WELL, ...both), ["consent_needed"]);
});

test("whose grant is about to end by itself may be asked to give it again before, and nobody else", async () => {
  await query(
    `update study.connection set grant_expires_at = now() + interval '6 days'
     where participant_id = (select id from study.participant where short_id = $1::text)`,
    [WELL],
  );
  assert.deepEqual(await groundsOf(WELL, "consent_ending", "consent_needed"), ["consent_ending"]);
  assert.deepEqual(await refusalsOf(WELL, "consent_ending"), []);
  assert.deepEqual(await groundsOf(SILENT, "consent_ending"), []);
  await grant("reconsent_needed");
  assert.deepEqual(await groundsOf(WELL, "consent_ending", "consent_needed"), ["consent_needed"]);
});

test("few nights are told only where the nights of the week were read", async () => {
  const who = await idOf(WELL);
  await query(
    `insert into study.session (participant_id, series_id, provider_session_id, kind, main, day, starts_at, ends_at, seen_at)
     select $1::int, (select min(id) from study.series where data_type = 'sleep'), 'n1', 'sleep', true, current_date - 6,
       now() - interval '6 days 8 hours', now() - interval '6 days', now()`,
    [who],
  );
  assert.deepEqual(await groundsOf(WELL, "few_nights"), [], "none of the others was read");
  await query(
    `insert into study.ledger_metric (participant_id, day, series_id, received_minutes, content_hash, read_at)
     select participant_id, day, (select min(id) from study.series where data_type = 'sleep'), 0, '\\x00', now()
     from study.ledger where participant_id = $1::int`,
    [who],
  );
  assert.deepEqual(await groundsOf(WELL, "few_nights"), ["few_nights"]);
});
