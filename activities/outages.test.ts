import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { ApplicationFailure } from "@temporalio/common";
import type { FaultSwitch } from "../simulator/faults/switchboard.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { persist } from "../testing/persist.ts";
import { runOnce } from "../testing/run-once.ts";
import { createIngestActivities } from "./ingest.ts";
import type { IngestDeps } from "./read-windows.ts";

/** Stories begin nine days before, and people are enrolled three days before, so that readings are short. */
const NOW = "2026-11-24T12:00:20Z";
const ENROLLED = "2026-11-22";
let world: IngestWorld;
before(async () => {
  world = await ingestWorld({ epoch: "2026-11-15", firstNow: NOW });
});
afterEach(() => {
  world.upstream.simulator.faults.clear();
  world.setNow(NOW);
});
after(() => world.stop());

const connect = (index: number) => world.connectPerson(index, ENROLLED);

const away = (participant: string, path?: string): FaultSwitch => ({
  kind: "status500",
  participant,
  rate: 1,
  ...(path !== undefined && { path }),
});

async function plansOf(participant: string) {
  const activities = createIngestActivities(world.deps);
  const scheduledAt = world.deps.clock().toISOString();
  const { result } = await persist(activities.planIngest, { participant, scheduledAt });
  assert.ok(result);
  return { activities, windows: result.windows, plans: result.activity ?? [] };
}

type Pages = IngestDeps["source"]["fetchPages"];

/** What the activities need, with something that happens whenever pages are asked for. */
function givingPages(
  before: (series: Parameters<Pages>[0], span: Parameters<Pages>[1]) => void,
): IngestDeps {
  const { source } = world.deps;
  const fetchPages: Pages = (series, span, token) => {
    before(series, span);
    return source.fetchPages(series, span, token);
  };
  return { ...world.deps, source: { ...source, fetchPages } };
}

async function missingOf(participant: string): Promise<number[]> {
  const [truth, stored] = [await world.truth(participant), await world.stored(participant)];
  return [...truth.keys()].filter((ms) => !stored.has(ms));
}

/** Data types that were read to the end, by the ledger. */
async function readTypes(participant: string): Promise<ReadonlySet<string>> {
  const { rows } = await world.deps.db.query<{ type: string }>(
    `select distinct s.data_type as type from study.ledger_metric m
     join study.series s on s.id = m.series_id join study.participant p on p.id = m.participant_id
     where p.short_id = $1::text and m.read_at is not null`,
    [participant],
  );
  return new Set(rows.map(({ type }) => type));
}

async function syncOf(participant: string): Promise<Date | undefined> {
  const { rows } = await world.deps.db.query<{ at: Date }>(
    `select d.last_sync_at as at from study.device d join study.participant p on p.id = d.participant_id
     where p.short_id = $1::text`,
    [participant],
  );
  return rows[0]?.at;
}

for (const [index, [path, hasSync]] of (
  [
    ["users/me/settings", true],
    ["pairedDevices", false],
  ] as const
).entries()) {
  test(`where ${path} alone is not answered, all that is open is read and the run says what was left out`, async () => {
    const participant = await connect(index);
    world.fault(away(participant, path));
    const { outcome, detail } = await runOnce(world, participant);
    assert.equal(outcome, "partial");
    const left = hasSync ? "settings" : "devices";
    assert.match(detail, new RegExp(`^heart rate: .* 0 left out; ${left}: SourceUnavailable$`));
    assert.deepEqual(await missingOf(participant), []);
    assert.equal((await syncOf(participant)) !== undefined, hasSync);
  });
}

test("a data type that alone is not answered costs neither the others of its group, nor sleep, nor what was read", async () => {
  const participant = await connect(2);
  world.fault(away(participant, "dataTypes/floors/"), away(participant, "dataTypes/exercise/"));
  const { outcome, detail } = await runOnce(world, participant);
  assert.equal(outcome, "partial");
  assert.match(detail, /; floors, exercise: SourceUnavailable$/);
  assert.doesNotMatch(detail, /not asked for/);
  const read = await readTypes(participant);
  for (const type of ["heart-rate", "steps", "activity-level", "total-calories", "sleep"])
    assert.ok(read.has(type), type);
  assert.deepEqual([read.has("floors"), read.has("exercise")], [false, false]);
  world.upstream.simulator.faults.clear();
  assert.equal((await runOnce(world, participant)).outcome, "complete");
});

test("heart rate that from its second window on is not answered keeps what was read of the first", async () => {
  const participant = await connect(9);
  const { windows } = await plansOf(participant);
  const [{ from, to, days } = { from: "", to: "", days: [] }] = windows;
  const middle = "2026-11-23T12:00:00.000Z";
  const [newest, ...older] = days;
  const activities = createIngestActivities(
    givingPages((_, span) => {
      if (span.from.toISOString() === from) world.fault(away(participant, "dataTypes/heart-rate/"));
    }),
  );
  const { result } = await persist(activities.fetchHeartRate, {
    participant,
    windows: [
      { from: middle, to, days: [newest ?? ""] },
      { from, to: middle, days: older },
    ],
  });
  assert.deepEqual(result?.stopped, { type: "SourceUnavailable", evidence: null });
  assert.deepEqual([result.windowsDone, result.unreadDays], [1, older]);
  assert.ok(result.inserted > 0);
});

test("a source that answers nothing is waited for, by plan and readings alike", async () => {
  const participant = await connect(4);
  const { activities, windows, plans } = await plansOf(participant);
  world.fault(away(participant));
  const scheduledAt = NOW;
  for (const { result, failures } of [
    await persist(activities.planIngest, { participant, scheduledAt }),
    await persist(activities.fetchHeartRate, { participant, windows }),
    await persist(activities.fetchActivity, { participant, plans }),
  ]) {
    assert.equal(result, null);
    assert.deepEqual(new Set(failures.map(({ type }) => type)), new Set(["SourceUnavailable"]));
    assert.ok(failures.every(({ nonRetryable }) => nonRetryable !== true));
  }
});

test("waits that the source asked for are no outage: after them a failed try is only the first", async () => {
  const participant = await connect(5);
  const { activities, windows } = await plansOf(participant);
  const path = "dataTypes/heart-rate/";
  world.fault(
    { kind: "rateLimit", retryAfter: "seconds", seconds: 1, path, participant, count: 7 },
    { kind: "status500", path, participant, count: 3 },
  );
  const { result, failures } = await persist(activities.fetchHeartRate, { participant, windows });
  assert.equal(failures.length, 8);
  assert.equal(result?.stopped, null);
  assert.deepEqual(await missingOf(participant), []);
});

test("a rate limit met while looking whether others are answered is waited for", async () => {
  const participant = await connect(6);
  const { activities, windows } = await plansOf(participant);
  world.fault(away(participant, "dataTypes/heart-rate/"), {
    kind: "rateLimit",
    retryAfter: "seconds",
    participant,
    path: "dataTypes/",
  });
  const { result, failures } = await persist(activities.fetchHeartRate, { participant, windows });
  assert.equal(failures.at(-1)?.type, "RateLimited");
  assert.equal(result?.stopped?.type, "SourceUnavailable");
});

test("whatever fails but for a refusal of everybody's stops itself alone", async () => {
  const participant = await connect(7);
  const deps = givingPages(([first]) => {
    if (first?.dataType === "heart-rate") throw ApplicationFailure.nonRetryable("x", "TimedOut");
  });
  const { detail } = await runOnce({ ...world, deps }, participant);
  assert.match(detail, /^heart rate: TimedOut; steps .* 0 left out$/);
  assert.ok((await readTypes(participant)).has("sleep"));
});

test("a run that began in time reads all that is open, however long it waited; one that began late, its own day", async () => {
  const participant = await connect(8);
  await runOnce(world, participant, { reads: () => false });
  world.setNow("2026-11-26T12:00:20Z");
  const due = "2026-11-25T06:00:00Z";
  const late = { scheduledAt: due, reads: () => false };
  assert.deepEqual((await runOnce(world, participant, late)).touchedDays, ["2026-11-25"]);
  await runOnce(world, participant, { ...late, startedAt: "2026-11-25T06:00:03Z" });
  assert.deepEqual(await missingOf(participant), []);
});

test("nothing unexpected was logged in all of this", () => {
  assert.deepEqual(world.logged, []);
});
