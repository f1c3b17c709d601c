import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Device } from "../sources/source.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { enrol } from "../testing/people.ts";
import { storeDevices } from "./devices.ts";
import { planReading } from "./ledger.ts";
import { settleDays } from "./settle-days.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

const SERIES = 1;
const [STEPS_OF_WEARABLES, WEIGHT] = [1002, 1010];
const DAYS = ["2026-11-18", "2026-11-19", "2026-11-20"];

/** What each participant's account lists. */
const listed = new Map<number, Map<string, Device>>();

/** What the provider says: this device synced then, the others when they did. */
async function sync(participantId: number, device: string, at: string, kind: "tracker" | "scale") {
  const own = listed.get(participantId) ?? new Map<string, Device>();
  listed.set(participantId, own);
  own.set(device, {
    providerDeviceId: device,
    kind,
    model: null,
    batteryPercent: null,
    batteryLabel: null,
    lastSyncAt: new Date(at),
  });
  await storeDevices(database.app, participantId, "google-health", {
    devices: [...own.values()],
    seenAt: new Date(at),
  });
}

/** Enrolled on the first of these days, whose watch synced on the 21st; read twice, so that all are final. */
async function withFinalDays(shortId: string): Promise<number> {
  const id = await enrol(database.app, shortId, { enrolledOn: "2026-11-18", timeZone: "UTC" });
  await sync(id, "watch", "2026-11-21T00:30:00Z", "tracker");
  for (const seriesId of [SERIES, STEPS_OF_WEARABLES, WEIGHT]) {
    await readTwice(id, seriesId, ["2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z"]);
    assert.deepEqual(await finalDays(id, seriesId), DAYS);
  }
  return id;
}

async function readTwice(participantId: number, seriesId: number, at: readonly string[]) {
  const syncAt = new Date("2026-11-21T00:30:00Z");
  for (const began of at.map((each) => new Date(each)))
    await settleDays(database.app, participantId, seriesId, DAYS, { began, ended: began, syncAt });
}

async function finalDays(participantId: number, seriesId = SERIES): Promise<string[]> {
  const { rows } = await database.app.query<{ day: string }>(
    `select day from study.ledger_metric
     where participant_id = $1::int and series_id = $2::smallint and final_at is not null order by day`,
    [participantId, seriesId],
  );
  return rows.map(({ day }) => day);
}

test("a device that syncs on leaves the days it had synced past as they are", async () => {
  const id = await withFinalDays("D-1");
  await sync(id, "watch", "2026-11-21T12:00:00Z", "tracker");
  await sync(id, "watch", "2026-11-21T12:00:00Z", "tracker");
  assert.deepEqual(await finalDays(id), DAYS);
});

test("S30: a second tracker that syncs late opens the days since its sync before, and they are read again", async () => {
  const id = await withFinalDays("D-2");
  await sync(id, "band", "2026-11-19T06:00:00Z", "tracker");
  assert.deepEqual(await finalDays(id), [], "nobody knew of the band: a fortnight is open");
  const syncAt = new Date("2026-11-21T00:30:00Z");
  for (const hour of ["14", "21"]) {
    const began = new Date(`2026-11-21T${hour}:00:00Z`);
    await settleDays(database.app, id, SERIES, DAYS, { began, ended: began, syncAt });
  }
  assert.deepEqual(await finalDays(id), DAYS);
  await sync(id, "band", "2026-11-20T20:00:00Z", "tracker");
  assert.deepEqual(await finalDays(id), ["2026-11-18"]);
  const { daysOf } = await planReading(database.app, id, [SERIES], {
    now: new Date("2026-11-21T22:00:00Z"),
    reopen: null,
  });
  assert.deepEqual(
    daysOf.get(SERIES)?.map(({ day }) => day),
    ["2026-11-19", "2026-11-20", "2026-11-21"],
  );
});

test("F5: a scale that syncs late opens what it may have brought since its sync before, and says nothing of worn days", async () => {
  const id = await withFinalDays("D-3");
  const finals = () =>
    Promise.all([SERIES, STEPS_OF_WEARABLES, WEIGHT].map((seriesId) => finalDays(id, seriesId)));
  await sync(id, "scale", "2026-11-19T06:00:00Z", "scale");
  assert.deepEqual(await finals(), [DAYS, DAYS, []], "nobody knew of the scale");
  await readTwice(id, WEIGHT, ["2026-11-23T01:00:00Z", "2026-11-24T01:00:00Z"]);
  assert.deepEqual(await finals(), [DAYS, DAYS, DAYS]);
  await sync(id, "scale", "2026-11-24T12:00:00Z", "scale");
  assert.deepEqual(await finals(), [DAYS, DAYS, ["2026-11-18"]]);
  await readTwice(id, WEIGHT, ["2026-11-24T14:00:00Z", "2026-11-25T14:00:00Z"]);
  await sync(id, "watch", "2026-11-24T12:00:00Z", "tracker");
  assert.deepEqual(await finals(), [DAYS, DAYS, DAYS]);
});
