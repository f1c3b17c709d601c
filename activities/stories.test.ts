import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { moveParticipant, readParticipantHistory } from "../sql/participant-changes.ts";
import { findParticipant } from "../sql/participants.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { runOnce } from "../testing/run-once.ts";
import { followZone } from "./follow-zone.ts";

/** One world of people to whom something happens; its clock only ever goes forward. */
const STORIES = [
  "synced every ten days",
  "device swap",
  "settings withheld",
  "activity withheld",
  "consent taken back",
];
let world: IngestWorld;
/** Connected before they take it back. */
let taker: string;
before(async () => {
  world = await ingestWorld({
    participants: 0,
    stories: STORIES,
    firstNow: "2026-11-14T09:00:00Z",
  });
  taker = await connect("consent taken back");
});
after(() => world.stop());

/** Later than the watches were handed over: a week to read is as good as three. */
const ENROLLED_ON = "2026-11-09";

/** The story's person, connected; the order of the roster is that of stories.ts. */
async function connect(story: string): Promise<string> {
  const { roster, truth } = world.upstream.simulator;
  const now = world.deps.clock();
  const index = roster.findIndex(
    ({ participant }) => truth(participant, now, now).persona === story,
  );
  return world.connectPerson(index, ENROLLED_ON);
}

/** Minutes that a perfect reader has and we have not, and those that we have and nobody measured. */
async function difference(participant: string) {
  const truth = await world.truth(participant);
  const stored = await world.stored(participant);
  return {
    compared: truth.size > 100,
    missing: [...truth.keys()].filter((ms) => !stored.has(ms)).length,
    invented: [...stored.keys()].filter((ms) => !truth.has(ms)).length,
  };
}
const NONE = { compared: true, missing: 0, invented: 0 };

async function finalDays(participant: string): Promise<string[]> {
  const { rows } = await world.database.app.query<{ day: string }>(
    `select m.day from study.ledger_metric m join study.participant p on p.id = m.participant_id
     where p.short_id = $1::text and m.series_id = 1 and m.final_at is not null order by m.day`,
    [participant],
  );
  return rows.map(({ day }) => day);
}

test("settings withheld: nothing tells when a device synced, and days close by the newest sample alone", async () => {
  const participant = await connect("settings withheld");
  assert.equal((await runOnce(world, participant)).outcome, "complete");
  assert.deepEqual(await difference(participant), NONE);
  world.setNow("2026-11-14T16:00:00Z");
  await runOnce(world, participant);
  const final = await finalDays(participant);
  assert.deepEqual([final.at(0), final.at(-1)], [ENROLLED_ON, "2026-11-13"]);
  const { rows } = await world.database.app.query("select 1 from study.device");
  assert.equal(rows.length, 0);
});

test("activity withheld: heart rate is read whole, run and connection say what is missing", async () => {
  const participant = await connect("activity withheld");
  const { outcome, detail } = await runOnce(world, participant);
  assert.equal(outcome, "partial");
  assert.match(
    detail,
    /^heart rate: \d+ days read, 0 left out; steps \(all-sources\), .*exercise.*: permission not granted; [a-z-]+ and \d+ more: \d+ days read, 0 left out$/,
  );
  assert.deepEqual(await difference(participant), NONE);
  assert.deepEqual(await world.connectionOf(participant), {
    status: "scope_missing",
    status_reason: "Not granted: activity",
  });
});

test("a swapped watch: both are one history, and what the old one brings days later is there too", async () => {
  const participant = await connect("device swap");
  await runOnce(world, participant);
  // The new watch has synced past the day of the swap and is read twice; the old one still holds its last day.
  world.setNow("2026-11-17T09:00:00Z");
  await runOnce(world, participant);
  const before = await world.stored(participant);
  world.setNow("2026-11-19T09:00:00Z");
  await runOnce(world, participant);
  assert.deepEqual(await difference(participant), NONE);
  const stored = await world.stored(participant);
  const late = [...stored.keys()].filter((ms) => ms < Date.parse("2026-11-15") && !before.has(ms));
  assert.ok(late.length > 12 * 60, `${late.length} minutes came late`);
  const { wearable, all } = world.trueSteps(participant);
  const enrolledAt = Date.parse("2026-11-08T23:00:00Z");
  const since = (steps: ReadonlyMap<number, number>) =>
    new Map([...steps].filter(([ms]) => ms >= enrolledAt));
  const expected = { wearable: since(wearable), all: since(all) };
  assert.deepEqual(await world.storedSteps(participant), expected);
});

test("S28, S30, S33: synced every ten days and read far more often, nothing between two syncs is missing", async () => {
  const participant = await connect("synced every ten days");
  for (const day of [19, 22, 26, 30]) {
    world.setNow(`2026-11-${day}T15:00:00Z`);
    await runOnce(world, participant);
    assert.deepEqual(await difference(participant), NONE, `${day} November`);
  }
});

test("consent taken back in mid-study is found at the next run, and changes this connection alone", async () => {
  const { outcome, refusal } = await runOnce(world, taker);
  assert.deepEqual([outcome, refusal], ["not_authorised", "invalid_grant"]);
  assert.equal((await world.connectionOf(taker))?.status, "reconsent_needed");
  const { rows } = await world.database.app.query(
    `select p.short_id as participant from study.connection c join study.participant p on p.id = c.participant_id
     where c.status not in ('active', 'scope_missing')`,
  );
  assert.deepEqual(rows, [{ participant: taker }]);
});

test("the account's zone is followed when it changes; what staff enters since stands, and withheld settings change nothing", async () => {
  const { db, source, clock } = world.deps;
  const shortId = taker;
  const zones = async () =>
    (await readParticipantHistory(db, shortId)).zones.map((z) => z.timeZone);
  const tell = async (told: string | null, minutes: number) => {
    const person = await findParticipant(db, shortId);
    assert.ok(person);
    const now = new Date(clock().getTime() - 30 * 86_400_000 + minutes * 60_000);
    await followZone(db, person, { source: source.name, told, now });
  };
  const before = await zones();
  await tell(null, 0);
  await tell("Europe/Oslo", 1);
  assert.deepEqual(await zones(), before);
  await tell("America/New_York", 2);
  assert.deepEqual(await zones(), [...before, "America/New_York"]);
  const back = { shortId, timeZone: "Europe/Oslo", from: new Date(clock().getTime() - 86_400_000) };
  await moveParticipant(db, { ...back, at: clock() }, { by: "staff", why: "the account is wrong" });
  await tell("America/New_York", 3);
  assert.deepEqual(await zones(), [...before, "America/New_York", "Europe/Oslo"]);
});
