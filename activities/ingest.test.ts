import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { FaultSwitch } from "../simulator/faults/switchboard.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
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
  const { windows, older = [] } = result;
  const long = older.find(({ name }) => name === "older heart-rate")?.windows ?? [];
  return persist(activities.fetchHeartRate, { participant, windows: [...windows, ...long] });
}

/** Every minute of the truth is stored with its mean, but for those named; and nothing else is. */
async function assertComplete(participant: string, without: readonly number[] = []): Promise<void> {
  const truth = await world.truth(participant);
  const stored = await world.stored(participant);
  const missing = [...truth.keys()].filter((ms) => !stored.has(ms));
  assert.deepEqual(missing.toSorted(), [...without].toSorted(), "minutes missing");
  for (const [ms, value] of stored) {
    const mean = truth.get(ms);
    assert.ok(mean !== undefined, `invented ${new Date(ms).toISOString()}`);
    assert.ok(
      Math.abs(mean - value) <= 0.0501,
      `${new Date(ms).toISOString()}: ${mean} / ${value}`,
    );
  }
  assert.ok(stored.size > 10_000, `only ${stored.size} minutes`);
}

async function quarantined(participant: string): Promise<Record<string, number>> {
  const { rows } = await world.database.app.query<{ reason: string; n: number }>(
    `select q.reason, count(*)::int as n from study.quarantine q
     join study.participant p on p.id = q.participant_id where p.short_id = $1::text group by q.reason`,
    [participant],
  );
  return Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
}

test("an undisturbed reading stores exactly the minutes of the truth", async () => {
  const participant = await world.connectPerson(0);
  const { result, failures } = await read(participant);
  assert.deepEqual(failures, []);
  await assertComplete(participant);
  assert.deepEqual(await quarantined(participant), {});
  assert.equal(result?.inserted, (await world.stored(participant)).size);
});

const POINTS = "dataPoints:rollUp";

/** A page that came to nothing so often is not asked for again by the same attempt. */
const LASTS = { count: 3 } as const;

/** Faults that pass: retried, and nothing is lost. */
const passing: readonly (readonly [
  name: string,
  type: string,
  fault: Omit<FaultSwitch, "participant">,
])[] = [
  ["a truncated page", "SourceUnavailable", { kind: "truncatedBody", path: POINTS, ...LASTS }],
  ["HTML with status 200", "SourceUnavailable", { kind: "htmlWith200", path: POINTS, ...LASTS }],
  ["a 500", "SourceUnavailable", { kind: "status500", path: POINTS, ...LASTS }],
  ["API disabled for our project", "SourceUnavailable", { kind: "serviceDisabled", path: POINTS }],
  [
    "429 with Retry-After",
    "RateLimited",
    { kind: "rateLimit", path: POINTS, retryAfter: "seconds" },
  ],
  [
    "429 without Retry-After",
    "RateLimited",
    { kind: "rateLimit", path: POINTS, retryAfter: "absent" },
  ],
  [
    "429 with an absurd Retry-After",
    "RateLimited",
    { kind: "rateLimit", path: POINTS, retryAfter: "absurd" },
  ],
];

for (const [index, [name, type, fault]] of passing.entries()) {
  test(`S16: after ${name} the same attempt's pages are kept and the rest follows`, async () => {
    const participant = await world.connectPerson(1 + index);
    world.fault({ ...fault, participant });
    const { failures } = await read(participant);
    assert.deepEqual(
      failures.map((failure) => failure.type),
      [type],
    );
    assert.equal(failures[0]?.nonRetryable, false);
    await assertComplete(participant);
    assert.deepEqual(await quarantined(participant), {});
  });
}

for (const [index, kind] of (
  ["truncatedBody", "htmlWith200", "status500", "reset"] as const
).entries()) {
  test(`S16: a page that came to nothing twice (${kind}) is asked for again by the same attempt`, async () => {
    const participant = await world.connectPerson(14 + index);
    world.fault({ kind, path: POINTS, count: 2, participant });
    const { failures } = await read(participant);
    assert.deepEqual(failures, []);
    await assertComplete(participant);
  });
}

test("a rate limit waits what it was told: 30 s given, 60 s without a word, one hour at most", async () => {
  const participant = await world.connectPerson(8);
  const waits: number[] = [];
  for (const retryAfter of ["seconds", "httpDate", "retryInfo", "absent", "absurd"] as const) {
    world.fault({ kind: "rateLimit", path: "pairedDevices", retryAfter, participant });
    const { failures } = await plan(participant);
    waits.push(Math.floor(Number(failures[0]?.nextRetryDelay) / 1000));
  }
  for (const [index, least] of [30, 30, 30, 60, 3600].entries()) {
    const wait = waits[index] ?? 0;
    assert.ok(wait >= least && wait <= least + 15, `${wait} s for ${least} s`);
  }
});

/** Readings that cannot be kept: quarantined one by one, the rest of the page is stored. */
const bending = [
  ["999 bpm", "implausible", { implausible_value: 1 }],
  ["NaN", "nan", { not_a_number: 1 }],
  ["a point of an unknown type", "unknownType", { unknown_type: 1 }],
] as const;

for (const [index, [name, kind, expected]] of bending.entries()) {
  test(`${name} in a page goes to quarantine with its reason, and the rest of the page is kept`, async () => {
    const participant = await world.connectPerson(9 + index);
    world.fault({ kind, path: POINTS, participant });
    const { result, failures } = await read(participant);
    assert.deepEqual(failures, []);
    assert.deepEqual(await quarantined(participant), expected);
    assert.equal(result?.quarantined, 1);
    const newest = Math.max(...(await world.truth(participant)).keys());
    await assertComplete(participant, kind === "unknownType" ? [] : [newest]);
    await read(participant);
    await assertComplete(participant);
  });
}

test("S42: a repeated page token ends its window with the reply kept; other windows go on, the next reading heals", async () => {
  const participant = await world.connectPerson(12);
  world.fault({ kind: "repeatedToken", path: POINTS, count: 2, participant });
  const { result } = await read(participant);
  assert.ok(result && result.unreadDays.length > 0);
  assert.deepEqual(await quarantined(participant), { unexpected_reply: 1 });
  await read(participant);
  await assertComplete(participant);
});

test("S40: empty pages with a token, duplicates and unaligned windows lose and invent nothing", async () => {
  const participant = await world.connectPerson(13);
  world.fault(
    { kind: "emptyPageWithToken", path: POINTS, count: 2, participant },
    { kind: "duplicates", path: POINTS, participant },
    { kind: "unalignedWindows", path: POINTS, participant },
  );
  await read(participant);
  await read(participant);
  await assertComplete(participant);
});
