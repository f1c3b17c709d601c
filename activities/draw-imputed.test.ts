import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MockActivityEnvironment } from "@temporalio/testing";
import { wantsImputation } from "../sql/imputation-inputs.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import type { MadeGap } from "../testing/imputed-person.ts";
import { imputedPerson } from "../testing/imputed-person.ts";
import { drawImputed } from "./draw-imputed.ts";
import { createImputationPool } from "./imputation-pool.ts";
import { createImputeActivities } from "./impute.ts";

const WORN: MadeGap = { start: 3 * 1440 + 700, length: 30, cause: "sensor_dropout" };
const OFF: MadeGap = { start: 3 * 1440 + 1000, length: 40, cause: "not_worn" };
const ASKED = { participant: "DRAWN", day: "2026-11-04", count: 20 };

let database: TestDatabase;
const imputation = createImputationPool({ threads: 1 });
const deps = () => ({ db: database.app, sourceName: "google-health", imputation });

before(async () => {
  database = await testDatabase();
});
after(async () => {
  await imputation.close();
  await database.stop();
});

async function impute(participant: string, since: string): Promise<unknown> {
  const log = { error: (fields: object) => assert.fail(JSON.stringify(fields)) };
  const { imputeGaps } = createImputeActivities({ ...deps(), clock: () => new Date(), log });
  return await new MockActivityEnvironment().run(imputeGaps, { participant, since });
}

test("twenty draws of each filled gap come again bit by bit; none of one left empty; none once the data changed", async () => {
  const options = { from: "2026-11-01", days: 5, gaps: [WORN, OFF] };
  const { arrive } = await imputedPerson(database.app, "DRAWN", options);
  await assert.rejects(drawImputed(deps(), ASKED), /Nothing was imputed on 2026-11-04/);
  await impute("DRAWN", "2026-11-04");
  const draws = await drawImputed(deps(), ASKED);
  assert.deepEqual(
    draws.map(({ paths }) => paths.map((path) => path.length)),
    [new Array(20).fill(30)],
  );
  assert.deepEqual(await drawImputed(deps(), ASKED), draws);
  await arrive(WORN);
  await assert.rejects(drawImputed(deps(), ASKED), /has changed since it was imputed/);
});

test("steps lost in a gap are expected beside it from other days, and nothing is filled", async () => {
  const lost: MadeGap = { start: 7 * 1440 + 720, length: 60, cause: "device_memory_exceeded" };
  const { id } = await imputedPerson(database.app, "LOST", {
    from: "2026-11-01",
    days: 8,
    gaps: [lost],
  });
  await database.owner.query(
    `delete from study.sample where participant_id = $1::int and series_id = 1002
       and time >= '2026-11-08T12:00:00Z' and time < '2026-11-08T13:00:00Z'`,
    [id],
  );
  assert.ok(await wantsImputation(database.app, id, "2026-11-08"));
  assert.deepEqual(await impute("LOST", "2026-11-08"), {
    days: 1,
    changed: 1,
    imputed: 0,
    retired: 0,
  });
  const { rows } = await database.app.query(
    `select days, lower <= expected and expected <= upper and upper > 0 as ordered
     from reporting.expected_steps where participant = 'LOST'`,
  );
  assert.deepEqual(rows, [{ days: 7, ordered: true }]);
});
