import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ImportWorld } from "../testing/import-world.ts";
import { createImportWorld } from "../testing/import-world.ts";

let world: ImportWorld;
before(async () => {
  world = await createImportWorld();
});
after(() => world.stop());

const SLEEP = "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed";
const STAGES = "Id,date,value,logId";
const minute = (at: number, stage: number) => `21,4/12/2016 1:0${at}:30 AM,${stage},800`;

const revisions = async () => ({
  days: await world.rowsOf(
    `select m.name, r.old_value, r.new_value from study.daily_value_revision r
     join study.series s on s.id = r.series_id join study.metric m on m.id = s.metric_id`,
  ),
  nights: await world.rowsOf(
    `select r.provider_session_id as night, r.old_content -> 'minutes_asleep' as asleep, r.withdrawn
     from study.session_revision r`,
  ),
});

test("another file that says otherwise of a day or a night leaves what it was; a night made whole, or told again, leaves nothing", async () => {
  await world.importAll(
    await world.folderOf("one", {
      "sleep.csv": [SLEEP, "21,4/12/2016,1,300,320"],
      "stages.csv": [STAGES, minute(0, 1), minute(1, 1)],
    }),
  );
  const more = await world.folderOf("more", { "stages.csv": [STAGES, minute(1, 1), minute(2, 1)] });
  await world.importAll(more);
  assert.deepEqual(await revisions(), { days: [], nights: [] });
  const other = await world.folderOf("other", {
    "sleep.csv": [SLEEP, "21,4/12/2016,1,111,320"],
    "stages.csv": [STAGES, minute(0, 3)],
  });
  await world.importAll(other);
  const kept = {
    days: [{ name: "daily_sleep_minutes", old_value: 300, new_value: 111 }],
    nights: [{ night: "800", asleep: 3, withdrawn: false }],
  };
  assert.deepEqual(await revisions(), kept);
  await world.importAll(other);
  assert.deepEqual(await revisions(), kept);
});
