import assert from "node:assert/strict";
import { test } from "node:test";
import { storeDailyValues } from "../../sql/daily-values.ts";
import { storePage } from "../../sql/samples.ts";
import { settleDays } from "../../sql/settle-days.ts";
import { pageOf as samplePage } from "../../testing/pages.ts";
import { enrol } from "../../testing/people.ts";
import * as schemas from "./schemas.ts";
import { pageOf, startApi } from "./site-for-tests.ts";

const { database, read } = await startApi();
const db = database.app;
const DAY = "2026-11-02";
const [ENERGY, ENERGY_OF_FILES] = [1030, 1126];
/** Minutes of the day by series, files first: heart rate, then steps. */
const MINUTES = [
  [101, 100],
  [1, 60],
  [1101, 50],
  [1001, 40],
] as const;

const participantId = await enrol(db, "F-0002", { timeZone: "UTC" });
for (const [seriesId, count] of MINUTES) {
  const times = Array.from({ length: count }, (_, i) => Date.parse(`${DAY}T08:00Z`) + i * 60_000);
  const page = samplePage(
    times,
    times.map(() => 70),
  );
  await storePage(db, { participantId, seriesId, workflowRunId: "test" }, page);
  await settleDays(db, participantId, seriesId, [DAY], null);
}

test("a value of a day says whose it is, those of one day are on one page, and the source that is read comes first", async () => {
  const columns = {
    seriesIds: [ENERGY_OF_FILES, ENERGY, ENERGY_OF_FILES],
    days: [DAY, DAY, "2026-11-03"],
    values: [2100, 2000, 2200],
  };
  const seen = { seenAt: new Date(`${DAY}T23:00Z`), toldBefore: false, workflowRunId: "test" };
  await storeDailyValues(db, participantId, columns, seen);
  const path = "/participants/F-0002/daily-values?metric=daily_energy&limit=1";
  const { items, next_cursor: next } = await read(path, pageOf(schemas.Daily));
  assert.deepEqual(
    items.map(({ day, source, value }) => [day, source, value]),
    [
      [DAY, "google-health", 2000],
      [DAY, "fitabase", 2100],
    ],
  );
  const { items: rest } = await read(`${path}&cursor=${next}`, pageOf(schemas.Daily));
  assert.deepEqual(
    rest.map(({ day, source }) => [day, source]),
    [["2026-11-03", "fitabase"]],
  );
});

test("a day of two sources is told by the one that is read, by whatever plan", async () => {
  const { items } = await read("/participants/F-0002/days", pageOf(schemas.Day));
  const told = { heart_rate_minutes: 60, step_minutes: 40 };
  assert.deepEqual(
    items.map(({ heart_rate_minutes, step_minutes }) => ({ heart_rate_minutes, step_minutes })),
    [told],
  );
  // Without its index the planner finds rows as they were written, those of the file first.
  const answers = (await database.owner.query(
    `begin; set local enable_indexscan = off; set local enable_bitmapscan = off; set local enable_indexonlyscan = off;
     select heart_rate_minutes, step_minutes from reporting.participant_day where participant = 'F-0002'; commit`,
  )) as unknown as Readonly<{ command: string; rows: object[] }>[];
  assert.deepEqual(answers.find(({ command }) => command === "SELECT")?.rows, [told]);
});
