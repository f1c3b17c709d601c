import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import { DefaultLogger } from "@temporalio/worker";
import { readParticipantDays } from "../sql/status.ts";
import { consentAgain } from "../testing/consent-again.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { persist } from "../testing/persist.ts";
import { runOnce } from "../testing/run-once.ts";
import { createIngestActivities } from "./ingest.ts";

/** Faults that users of such systems met in public, by their ids in docs/validation.md. Stories begin nine days before. */
let world: IngestWorld;
before(async () => {
  world = await ingestWorld({ epoch: "2026-11-15", firstNow: "2026-11-24T12:00:20Z" });
});
after(() => world.stop());

/** Connects somebody whose first days lie within the world's nine, by a persona of theirs that was enrolled early. */
async function connect(index: number): Promise<string> {
  const entry = world.upstream.simulator.roster[index];
  assert.ok(
    entry && entry.enrolledOn <= "2026-11-22",
    `${index} is enrolled on ${entry?.enrolledOn}`,
  );
  return world.connectPerson(index);
}

function requestsOf(participant: string) {
  const counts = world.upstream.simulator.requests.counts()[participant];
  return { total: counts?.total ?? 0, paths: counts?.paths ?? {}, most: counts?.maxConcurrency };
}

async function missingOf(participant: string): Promise<number[]> {
  const [truth, stored] = [await world.truth(participant), await world.stored(participant)];
  return [...truth.keys()].filter((ms) => !stored.has(ms));
}

test("S16, S20: nine days of everything are a few wide requests, one at a time", async () => {
  const participant = await connect(20);
  world.upstream.simulator.requests.reset();
  await runOnce(world, participant);
  const { total, most } = requestsOf(participant);
  assert.ok(total <= 26, `${total} requests`);
  assert.equal(most, 1);
  assert.deepEqual(await missingOf(participant), []);
});

test("S18, S21: each refusal waits what it was told, neither shorter nor longer for having been refused before", async () => {
  const participant = await connect(13);
  const { planIngest } = createIngestActivities(world.deps);
  const fault = { kind: "rateLimit", retryAfter: "seconds", seconds: 40, participant } as const;
  world.fault({ ...fault, path: "pairedDevices", count: 6 });
  const { failures, result } = await persist(planIngest, {
    participant,
    scheduledAt: "2026-11-24T12:00:00Z",
  });
  assert.ok(result);
  const waits = failures.map(({ nextRetryDelay }) => Number(nextRetryDelay));
  assert.equal(waits.length, 6);
  for (const wait of waits) assert.ok(wait >= 40_000 && wait <= 55_000, `${wait} ms`);
});

test("S23: a refused token costs one renewal and no metric", async () => {
  const participant = await connect(1);
  world.upstream.simulator.requests.reset();
  world.fault({ kind: "unauthenticated", path: "heart-rate/", participant });
  const { outcome } = await runOnce(world, participant);
  assert.equal(outcome, "complete");
  assert.equal(requestsOf(participant).paths["POST /token"], 1);
  assert.deepEqual(await missingOf(participant), []);
  assert.deepEqual(await world.storedSteps(participant), world.trueSteps(participant));
});

test("S25: readings that were cancelled three times leave nothing locked, and the next one is complete", async () => {
  const participant = await connect(5);
  const { planIngest, fetchHeartRate } = createIngestActivities(world.deps);
  const scheduledAt = "2026-11-24T12:00:00Z";
  for (let cancelled = 0; cancelled < 3; cancelled += 1) {
    const { result } = await persist(planIngest, { participant, scheduledAt });
    const logger = new DefaultLogger("ERROR");
    const environment = new MockActivityEnvironment({}, { logger });
    environment.on("heartbeat", () => environment.cancel());
    const { windows = [] } = result ?? {};
    await assert.rejects(environment.run(fetchHeartRate, { participant, windows }), /CANCELLED/i);
  }
  assert.equal((await runOnce(world, participant)).outcome, "complete");
  assert.deepEqual(await missingOf(participant), []);
});

type Local = Readonly<{ day: string; minute: number }>;

/** The local date and minute of the day of instants in a zone. */
function localIn(timeZone: string): (ms: number) => Local {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
  });
  return (ms) => {
    const [day = "", clock = ""] = format.format(ms).split(" ");
    const [hours = 0, minutes = 0] = clock.split(":").map(Number);
    return { day, minute: hours * 60 + minutes };
  };
}

test("S32: the minutes on either side of every local midnight are there", async () => {
  const participant = await connect(7);
  await runOnce(world, participant);
  const truth = [...(await world.truth(participant)).keys()];
  const localOf = localIn("Australia/Lord_Howe");
  const nightly = truth.filter((ms) => {
    const { minute } = localOf(ms);
    return minute >= 1430 || minute < 10;
  });
  assert.ok(nightly.length > 8 * 15, `${nightly.length} minutes`);
  const stored = await world.stored(participant);
  assert.deepEqual(
    nightly.filter((ms) => !stored.has(ms)),
    [],
  );
});

const zones = [
  [22, "Asia/Kathmandu"],
  [11, "America/New_York"],
] as const;
for (const [index, zone] of zones) {
  test(`S43, S48: steps are summed by the days of ${zone}, whatever day it is elsewhere`, async () => {
    const participant = await connect(index);
    await runOnce(world, participant);
    const sums = new Map<string, number>();
    const localOf = localIn(zone);
    for (const [ms, count] of world.trueSteps(participant).all) {
      const { day } = localOf(ms);
      sums.set(day, (sums.get(day) ?? 0) + count);
    }
    const asked = { before: null, limit: 30, now: new Date() };
    const days = await readParticipantDays(world.database.app, participant, asked);
    assert.ok(days.length >= 7);
    for (const { day, steps, startsAt } of days) {
      assert.equal(steps, sums.get(day) ?? 0, day);
      assert.deepEqual(localOf(startsAt.getTime()), { day, minute: 0 });
    }
  });
}

test("S50: days lived before a move keep the zone they were lived in, and no reading changes its instant", async () => {
  const participant = await connect(9);
  await runOnce(world, participant);
  const [before, stored] = [await daysOf(participant), await world.stored(participant)];
  await world.database.app.query(
    `insert into study.participant_zone (participant_id, from_at, time_zone)
     select id, timestamptz '2026-11-21T10:00Z', 'Asia/Tokyo' from study.participant where short_id = $1::text`,
    [participant],
  );
  world.setNow("2026-11-24T13:00:20Z");
  await runOnce(world, participant);
  const after = await daysOf(participant);
  const lived = (days: typeof before) => days.filter(({ day }) => day < "2026-11-21");
  assert.deepEqual(lived(after), lived(before));
  const moved = await world.stored(participant);
  assert.deepEqual(
    [...stored.keys()].filter((ms) => !moved.has(ms)),
    [],
  );
});

async function daysOf(participant: string): Promise<{ day: string; starts: Date; ends: Date }[]> {
  const { rows } = await world.database.app.query<{ day: string; starts: Date; ends: Date }>(
    `select l.day, l.starts_at as starts, l.ends_at as ends from study.ledger l
     join study.participant p on p.id = l.participant_id where p.short_id = $1::text order by l.day`,
    [participant],
  );
  return rows;
}

test("S37: who consents again is read from where proof ended, not from enrolment", async () => {
  const participant = await connect(14);
  await runOnce(world, participant);
  world.setNow("2026-11-24T21:00:20Z");
  await runOnce(world, participant);
  world.upstream.simulator.revoke(participant);
  world.setNow("2026-11-26T12:00:20Z");
  assert.equal((await runOnce(world, participant)).outcome, "not_authorised");
  await consentAgain(world, participant);
  const found = await runOnce(world, participant);
  assert.equal(found.outcome, "complete");
  assert.deepEqual([...found.touchedDays].toSorted(), ["2026-11-24", "2026-11-25", "2026-11-26"]);
  assert.deepEqual(await missingOf(participant), []);
});

test("nothing unexpected was logged in all of this", () => {
  assert.deepEqual(world.logged, []);
});
