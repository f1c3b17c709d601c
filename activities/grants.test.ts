import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { enrol } from "../testing/people.ts";
import type { Tried } from "../testing/persist.ts";
import { persist } from "../testing/persist.ts";
import type { IngestPlan } from "./ingest.ts";
import { createIngestActivities } from "./ingest.ts";
import type { SeriesReading } from "./read-windows.ts";

let world: IngestWorld;
let activities: ReturnType<typeof createIngestActivities>;
before(async () => {
  world = await ingestWorld();
  activities = createIngestActivities(world.deps);
});
after(() => world.stop());

const scheduledAt = "2026-11-24T12:00:00Z";

const plan = (participant: string): Promise<Tried<IngestPlan>> =>
  persist(activities.planIngest, { participant, scheduledAt });

async function read(participant: string): Promise<Tried<SeriesReading>> {
  const { result } = await plan(participant);
  assert.ok(result && result.windows.length > 0);
  return persist(activities.fetchHeartRate, { participant, windows: result.windows });
}

test("a missing scope ends the reading, a revoked grant the plan; neither is retried, and both say which they are", async () => {
  const participant = await world.connectPerson(14);
  world.fault({ kind: "scopeMissing", path: "dataPoints:rollUp", participant });
  const scope = await read(participant);
  assert.deepEqual(
    [scope.failures, scope.result?.stopped],
    [[], { type: "ScopeMissing", evidence: null }],
  );
  world.fault(
    { kind: "unauthenticated", path: "pairedDevices", participant },
    { kind: "invalidGrant", participant },
  );
  const { failures } = await plan(participant);
  assert.deepEqual(
    failures.map(({ type, details }) => [type, details]),
    [["AuthorizationRevoked", ["invalid_grant"]]],
  );
});

test("a refused token is renewed once and the reading goes on; a broken token endpoint is an outage, not a revocation", async () => {
  const participant = await world.connectPerson(15);
  world.fault({ kind: "unauthenticated", path: "pairedDevices", participant });
  assert.deepEqual((await plan(participant)).failures, []);
  world.fault(
    { kind: "unauthenticated", path: "pairedDevices", participant },
    { kind: "tokenHtml502", participant },
  );
  const { failures, result } = await plan(participant);
  assert.deepEqual(
    failures.map(({ type }) => type),
    ["SourceUnavailable"],
  );
  assert.ok(result);
});

test("S1: fifty callers of one connection whose token has ended make one renewal between them", async () => {
  const participant = await world.connectPerson(16);
  world.setNow("2026-11-24T14:00:20Z");
  world.upstream.simulator.requests.reset();
  const callers = Array.from({ length: 50 }, () => plan(participant));
  const all = await Promise.all(callers);
  assert.deepEqual(
    all.flatMap(({ failures }) => failures),
    [],
  );
  const counts = world.upstream.simulator.requests.counts();
  const renewals = Object.values(counts).map(({ paths }) => paths["POST /token"] ?? 0);
  assert.equal(
    renewals.reduce((sum, count) => sum + count, 0),
    1,
  );
});

test("a participant who is paused, or whose grant is gone, is not asked for at all", async () => {
  const participant = await world.connectPerson(17);
  world.upstream.simulator.requests.reset();
  for (const [column, value, outcome] of [
    ["participant", "paused", "skipped"],
    ["participant", "withdrawn", "skipped"],
    ["connection", "reconsent_needed", "not_authorised"],
  ] as const) {
    const change = column === "participant" ? "state" : "status";
    const key = column === "participant" ? "id" : "participant_id";
    const set = (to: string) =>
      world.database.app.query(
        `update study.${column} set ${change} = $1::text where ${key} = (select id from study.participant where short_id = $2::text)`,
        [to, participant],
      );
    await set(value);
    const { result } = await plan(participant);
    assert.equal(result?.skip?.outcome, outcome);
    await set("active");
  }
  assert.deepEqual(world.upstream.simulator.requests.counts(), {});
});

test("somebody enrolled who has not consented yet is not asked for, and the run says why", async () => {
  await enrol(world.database.app, "D-9999", { enrolledOn: "2026-11-01" });
  const { result, failures } = await plan("D-9999");
  assert.deepEqual(failures, []);
  assert.deepEqual(result?.skip, { outcome: "not_authorised", why: "no consent yet" });
});

test("an unknown participant is said so and not retried", async () => {
  const { failures } = await plan("D-0000");
  assert.deepEqual(
    failures.map(({ type, nonRetryable }) => [type, nonRetryable]),
    [["UnknownParticipant", true]],
  );
});
