import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Device } from "../sources/source.ts";
import type { IngestWorld } from "../testing/ingest-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { persist } from "../testing/persist.ts";
import { runOnce } from "../testing/run-once.ts";
import { createIngestActivities } from "./ingest.ts";

/** A tracker that was known, and of which the source tells no longer. */
let world: IngestWorld;
before(async () => {
  world = await ingestWorld();
});
after(() => world.stop());

const HOUR_MS = 3_600_000;
const FIRST = Date.parse("2026-11-24T12:00:20Z");
const heartRate = { reads: () => false };
const setHours = (hours: number) => world.setNow(new Date(FIRST + hours * HOUR_MS).toISOString());

/** The world in which replies about devices are changed on their way to us. */
function telling(change: (devices: readonly Device[]) => readonly Device[]): IngestWorld {
  const { source } = world.deps;
  const fetchDevices: typeof source.fetchDevices = async (token) => {
    const reply = await source.fetchDevices(token);
    return { ...reply, devices: change(reply.devices) };
  };
  return { ...world, deps: { ...world.deps, source: { ...source, fetchDevices } } };
}

/** Read once while the tracker was told, then every twelve hours for three days as this world has it. */
async function readOn(participant: string, as: IngestWorld): Promise<void> {
  for (let hours = 12; hours <= 72; hours += 12) {
    setHours(hours);
    assert.equal((await runOnce(as, participant, heartRate)).outcome, "complete");
  }
}

async function connectedAndRead(index: number): Promise<string> {
  setHours(0);
  const participant = await world.connectPerson(index, "2026-11-23");
  await runOnce(world, participant, heartRate);
  assert.notEqual((await toldSyncs(participant))[0], null);
  return participant;
}

const rowsOf = async (sql: string, participant: string) =>
  (await world.database.app.query(sql, [participant])).rows;

async function toldSyncs(participant: string): Promise<(Date | null)[]> {
  const rows = await rowsOf(
    `select d.last_sync_at from study.device d join study.participant p on p.id = d.participant_id
     where p.short_id = $1::text and d.kind = 'tracker'`,
    participant,
  );
  return rows.map(({ last_sync_at }) => last_sync_at);
}

/** Nothing is missing, days that are over close, and nobody is blamed for a sync that is not told. */
async function assertReadOn(participant: string): Promise<void> {
  const [truth, stored] = [await world.truth(participant), await world.stored(participant)];
  assert.ok(truth.size > 2000);
  assert.deepEqual(
    [...truth.keys()].filter((ms) => !stored.has(ms)),
    [],
  );
  const days = await rowsOf(
    `select j.day, j.state in ('unsynced', 'pipeline_fault') as blamed, m.final_at is not null as final
     from study.judged_day j
     join study.participant p on p.id = j.participant_id
     join study.ledger_metric m on m.participant_id = p.id and m.day = j.day and m.series_id = 1
     where p.short_id = $1::text order by j.day`,
    participant,
  );
  const names = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"];
  assert.deepEqual(
    days.map(({ day, blamed }) => [day, blamed]),
    names.map((day) => [day, false]),
  );
  const final = days.filter((day) => day["final"]).map(({ day }) => day);
  assert.deepEqual(final.slice(0, 3), names.slice(0, 3));
  const flags = await rowsOf(
    "select inactive from reporting.participant_flag where participant = $1::text",
    participant,
  );
  assert.deepEqual(flags, [{ inactive: false }]);
}

test("F1: who gives the permission for devices no more is read on by the newest sample", async () => {
  const participant = await connectedAndRead(0);
  for (const path of ["pairedDevices", "settings"])
    world.fault({ kind: "scopeMissing", path, participant, rate: 1 });
  await readOn(participant, world);
  assert.deepEqual(await toldSyncs(participant), [null]);
  await assertReadOn(participant);
  const [device] = await rowsOf(
    "select last_sync_at from reporting.device where participant = $1::text and kind = 'tracker'",
    participant,
  );
  assert.ok(device?.["last_sync_at"] instanceof Date, "what it told once is shown");
});

test("F1: a tracker that is listed no more does not stand for what another one measures", async () => {
  const participant = await connectedAndRead(1);
  await readOn(
    participant,
    telling(() => []),
  );
  await assertReadOn(participant);
  // Listed again, it is gone by again, and what it may have brought meanwhile is read again.
  setHours(73);
  const { windows } = await planned(participant);
  assert.deepEqual(
    windows.flatMap(({ days }) => days),
    ["2026-11-27", "2026-11-26", "2026-11-25", "2026-11-24"],
  );
});

test("F1: a tracker that is listed and tells no sync any more is as one that is not listed", async () => {
  const participant = await connectedAndRead(2);
  const silent = (devices: readonly Device[]) =>
    devices.map((device) => ({ ...device, lastSyncAt: null }));
  await readOn(participant, telling(silent));
  await assertReadOn(participant);
});

test("F1: a reply about devices that failed or did not fit takes nothing of what was told", async () => {
  const participant = await connectedAndRead(3);
  const told = await toldSyncs(participant);
  for (const kind of ["status500", "brokenJson", "otherShape"] as const) {
    world.fault({ kind, path: "pairedDevices", participant, count: 20 });
    await runOnce(world, participant, heartRate);
    assert.deepEqual(await toldSyncs(participant), told, kind);
    world.upstream.simulator.faults.clear();
  }
});

async function planned(participant: string) {
  const { planIngest } = createIngestActivities(world.deps);
  const scheduledAt = world.deps.clock().toISOString();
  const { result } = await persist(planIngest, { participant, scheduledAt });
  assert.ok(result);
  return result;
}
