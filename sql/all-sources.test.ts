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

const [HEART_RATE, STEPS_OF_ALL, WEIGHT] = [1, 1001, 1010];
const SERIES = [HEART_RATE, STEPS_OF_ALL, WEIGHT];
const SYNC = new Date("2026-11-30T23:59:00Z");

/** Somebody with four weeks that were read twice, the watch having synced past them: all are final. */
async function withFinalDays(shortId: string) {
  const id = await enrol(database.app, shortId, { enrolledOn: "2026-11-01", timeZone: "UTC" });
  const watch = {
    ...({ providerDeviceId: "watch", kind: "tracker", model: null } as const),
    ...{ batteryPercent: null, batteryLabel: null, lastSyncAt: SYNC },
  };
  await storeDevices(database.app, id, "google-health", { devices: [watch], seenAt: SYNC });
  const days = Array.from({ length: 29 }, (_, i) => `2026-11-${String(i + 1).padStart(2, "0")}`);
  const read = async (seriesId: number, at: string) => {
    const began = new Date(at);
    await settleDays(database.app, id, seriesId, days, { began, ended: began, syncAt: SYNC });
  };
  for (const seriesId of SERIES)
    for (const at of ["2026-12-01T01:00:00Z", "2026-12-01T22:00:00Z"]) await read(seriesId, at);
  return { id, days, read };
}

/** Which days before the last of November are planned, by series. */
async function planned(id: number, now: string) {
  const { daysOf } = await planReading(database.app, id, SERIES, {
    now: new Date(now),
    reopen: null,
  });
  return SERIES.map((seriesId) =>
    (daysOf.get(seriesId) ?? []).map(({ day }) => day).filter((day) => day < "2026-11-30"),
  );
}

test("F5: what all sources tell is read once a day for a fortnight, by the minute for three days, though it is final, and stays final where it is the same", async () => {
  const { id, days, read } = await withFinalDays("A-1");
  assert.deepEqual(await planned(id, "2026-12-02T08:00:00Z"), [[], [], []]);
  const fortnight = days.filter((day) => day >= "2026-11-18");
  assert.deepEqual(await planned(id, "2026-12-02T19:00:00Z"), [[], ["2026-11-29"], fortnight]);
  const finals = async () =>
    (
      await database.app.query(
        `select day, stable_since, final_at, first_final_at from study.ledger_metric
         where participant_id = $1::int and series_id = $2::smallint order by day`,
        [id, WEIGHT],
      )
    ).rows;
  const before = await finals();
  await read(WEIGHT, "2026-12-02T19:00:00Z");
  assert.deepEqual(await finals(), before);
  assert.deepEqual(await planned(id, "2026-12-02T20:00:00Z"), [[], ["2026-11-29"], []]);
});
