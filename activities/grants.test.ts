import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findParticipant } from "../sql/participants.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { enrol } from "../testing/people.ts";
import type { Tried } from "../testing/persist.ts";
import { persist } from "../testing/persist.ts";
import { runOnce } from "../testing/run-once.ts";
import { createGrants } from "./grants.ts";
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

test("S1, S15: fifty callers of one connection whose token has ended make one renewal between them", async () => {
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

/** Consent is given by the real clock, which is ahead of this world's: what is found here would not count. */
const consentedLongAgo = () =>
  world.deps.db.query("update study.connection set status_since = '2026-11-01'");

test("S8: an account whose every request is refused, with a grant that is renewed, needs consent again once that has lasted six hours", async () => {
  const participant = await world.connectPerson(18, "2026-11-22");
  await consentedLongAgo();
  const status = async () => (await world.connectionOf(participant))?.status;
  const hoursLater = (hours: number) =>
    new Date(Date.parse("2026-11-25T06:00:00Z") + hours * 3_600_000).toISOString();
  world.setNow(hoursLater(0));
  const refuseAll = () =>
    world.fault({ kind: "permissionDenied", participant, rate: 1, path: "/v4/" });
  refuseAll();
  const first = await runOnce(world, participant);
  assert.equal(first.outcome, "partial");
  world.setNow(hoursLater(5));
  await runOnce(world, participant);
  assert.equal(await status(), "active", "five hours may be the provider's own");
  world.upstream.simulator.faults.clear();
  await runOnce(world, participant);
  refuseAll();
  world.setNow(hoursLater(7));
  await runOnce(world, participant);
  assert.equal(await status(), "active", "it was read in between: the hours begin anew");
  world.setNow(hoursLater(13.5));
  await runOnce(world, participant);
  assert.equal(await status(), "reconsent_needed");
  world.upstream.simulator.requests.reset();
  await runOnce(world, participant);
  assert.deepEqual(world.upstream.simulator.requests.counts(), {}, "and is not asked for any more");
  world.upstream.simulator.faults.clear();
});

test("a refusal of heart rate alone, from an account that tells its devices, is no reason to ask for consent, however long", async () => {
  const participant = await world.connectPerson(17, "2026-11-22");
  await consentedLongAgo();
  await runOnce(world, participant);
  world.fault({ kind: "permissionDenied", participant, rate: 1, path: "heart-rate" });
  for (const at of ["2026-11-26T20:00:00Z", "2026-11-27T05:00:00Z"]) {
    world.setNow(at);
    assert.equal((await runOnce(world, participant)).outcome, "partial");
  }
  assert.equal((await world.connectionOf(participant))?.status, "active");
  const { rows } = await world.database.app.query<{ state: string }>(
    `select j.state from study.judged_day j join study.participant p on p.id = j.participant_id
     where p.short_id = $1::text and j.day = '2026-11-26'`,
    [participant],
  );
  assert.deepEqual(rows, [{ state: "pipeline_fault" }]);
  world.upstream.simulator.faults.clear();
});

test("S2, S3, S4: a refusal to renew that another process's renewal has overtaken says nothing; one that stands says why, once", async () => {
  const participant = await world.connectPerson(19, "2026-11-22");
  await consentedLongAgo();
  world.setNow("2026-11-27T06:00:00Z");
  const { db, source, clock } = world.deps;
  const { authorizer, cipher } = world.consenting;
  const person = await findParticipant(db, participant);
  assert.ok(person);
  let asked = 0;
  const overtaken: typeof authorizer = {
    ...authorizer,
    async refresh(grant) {
      asked += 1;
      // Between our request and its refusal somebody else stores a newer grant.
      if (asked === 1)
        await db.query(
          "update study.connection set token_version = token_version + 1, refresh_lease_until = null where participant_id = $1::int",
          [person.id],
        );
      return authorizer.refresh(grant);
    },
  };
  world.fault({ kind: "invalidGrant", participant });
  const deps = { db, source: source.name, authorizer: overtaken, cipher, clock };
  await createGrants(deps).withAccessToken(person.id, async () => undefined);
  assert.equal(asked, 2);
  assert.equal((await world.connectionOf(participant))?.status, "active");
  world.setNow("2026-11-27T09:00:00Z");
  world.fault({ kind: "invalidGrant", participant });
  for (const _ of [1, 2, 3]) await runOnce(world, participant);
  const connection = await world.connectionOf(participant);
  assert.match(connection?.status_reason ?? "", /refuses to renew the grant/);
  const { rowCount } = await db.query(
    `select from study.connection_event e join study.connection c on c.id = e.connection_id
     where c.participant_id = $1::int`,
    [person.id],
  );
  assert.equal(rowCount, 1);
});
