import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
const DAYS = ["2026-11-18", "2026-11-19", "2026-11-20"];

/** What the provider says: this device synced then. */
async function sync(participantId: number, device: string, at: string, kind: "tracker" | "scale") {
  const seen = {
    providerDeviceId: device,
    kind,
    model: null,
    batteryPercent: null,
    batteryLabel: null,
    lastSyncAt: new Date(at),
  };
  await storeDevices(database.app, participantId, "google-health", {
    devices: [seen],
    seenAt: new Date(at),
  });
}

/** Enrolled on the first of these days, whose watch synced on the 21st; read twice, so that all are final. */
async function withFinalDays(shortId: string): Promise<number> {
  const id = await enrol(database.app, shortId, { enrolledOn: "2026-11-18", timeZone: "UTC" });
  await sync(id, "watch", "2026-11-21T00:30:00Z", "tracker");
  const syncAt = new Date("2026-11-21T00:30:00Z");
  for (const hour of ["01", "08"]) {
    const began = new Date(`2026-11-21T${hour}:00:00Z`);
    await settleDays(database.app, id, SERIES, DAYS, { began, ended: began, syncAt });
  }
  assert.deepEqual(await finalDays(id), DAYS);
  return id;
}

async function finalDays(participantId: number): Promise<string[]> {
  const { rows } = await database.app.query<{ day: string }>(
    `select day from study.ledger_metric
     where participant_id = $1::int and final_at is not null order by day`,
    [participantId],
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

test("a scale that syncs says nothing of worn days", async () => {
  const id = await withFinalDays("D-3");
  await sync(id, "scale", "2026-11-21T12:00:00Z", "scale");
  assert.deepEqual(await finalDays(id), DAYS);
});
