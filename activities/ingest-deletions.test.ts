import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { persist } from "../testing/persist.ts";
import { createIngestActivities } from "./ingest.ts";

let world: IngestWorld;
let activities: ReturnType<typeof createIngestActivities>;
before(async () => {
  world = await ingestWorld();
  activities = createIngestActivities(world.deps);
});
after(() => world.stop());

const scheduledAt = "2026-11-24T12:00:00Z";
const POINTS = "dataPoints:rollUp";

test("what a participant deletes at the provider is gone here after two readings, and no minute more", async () => {
  const participant = await world.connectPerson(0);
  const { result: plan } = await persist(activities.planIngest, { participant, scheduledAt });
  assert.ok(plan);
  // Long past, so that nothing else changes between the readings.
  const windows = plan.older?.find(({ name }) => name === "older heart-rate")?.windows ?? [];
  const read = () => persist(activities.fetchHeartRate, { participant, windows });
  await read();
  const before = await world.stored(participant);
  const from = Date.parse("2026-11-05T09:00:00Z");
  const to = Date.parse("2026-11-05T12:00:00Z");
  world.upstream.simulator.deletions.add(participant, { from, to });
  const deleted = [...before.keys()].filter((ms) => ms >= from && ms < to).length;
  assert.ok(deleted > 60);

  assert.equal((await read()).result?.updated, 0);
  assert.deepEqual(await world.stored(participant), before, "not at the first look");
  world.setNow("2026-11-24T18:01:00Z");
  assert.equal((await read()).result?.updated, deleted);
  const stored = await world.stored(participant);
  assert.equal(stored.size, before.size - deleted);
  assert.ok([...stored.keys()].every((ms) => ms < from || ms >= to));
  world.setNow("2026-11-24T12:00:20Z");
});

test("a reading that could not be kept is not taken for one the source withdrew", async () => {
  const participant = await world.connectPerson(1);
  const { result: plan } = await persist(activities.planIngest, { participant, scheduledAt });
  assert.ok(plan);
  const windows = plan.windows.slice(0, 1);
  await persist(activities.fetchHeartRate, { participant, windows });
  const before = await world.stored(participant);
  for (const now of ["2026-11-24T13:00:00Z", "2026-11-24T20:00:00Z"]) {
    world.setNow(now);
    world.fault({ kind: "implausible", path: POINTS, count: 9, participant });
    const { result } = await persist(activities.fetchHeartRate, { participant, windows });
    assert.ok((result?.quarantined ?? 0) > 0);
  }
  const stored = await world.stored(participant);
  assert.deepEqual(
    [...before.keys()].filter((ms) => !stored.has(ms)),
    [],
  );
});
