import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { MockActivityEnvironment } from "@temporalio/testing";
import { createImputationPool } from "../activities/imputation-pool.ts";
import type { ImputeResult } from "../activities/impute.ts";
import { createImputeActivities } from "../activities/impute.ts";
import { testDatabase } from "../testing/database.ts";
import type { MadeGap } from "../testing/imputed-person.ts";
import { imputedPerson } from "../testing/imputed-person.ts";

/**
 * npm run bench:impute-night -- --participants 1000: what imputing everybody's last day costs on this machine. Each has a
 * fortnight of minutes in a real database and on its last day three worn gaps and a stretch off the wrist: as many as real
 * recordings have. Storing the fortnights is not part of the figure, and goes in batches so that no more lie there at once.
 */
const { values } = parseArgs({
  options: {
    participants: { type: "string", default: "1000" },
    batch: { type: "string", default: "20" },
  },
});
const participants = Number(values.participants);
const size = Number(values.batch);

const FROM = "2026-11-01";
const DAYS = 14;
const LAST = (DAYS - 1) * 1440;
const GAPS: readonly MadeGap[] = [
  { start: LAST + 500, length: 6, cause: "sensor_dropout" },
  { start: LAST + 700, length: 25, cause: "sensor_dropout" },
  { start: LAST + 900, length: 90, cause: "sensor_dropout" },
  { start: LAST + 1100, length: 60, cause: "not_worn" },
];

const database = await testDatabase();
const imputation = createImputationPool();
const activities = createImputeActivities({
  db: database.app,
  sourceName: "google-health",
  imputation,
  clock: () => new Date(),
  log: { error: (fields, message) => console.error(message, fields) },
});
const total = { seconds: 0, cpu: 0, imputed: 0, changedAgain: 0 };
try {
  for (let first = 0; first < participants; first += size)
    await imputeBatch(first, Math.min(size, participants - first));
  console.log(JSON.stringify(summarise()));
} finally {
  await imputation.close();
  await database.stop();
}

async function imputeBatch(first: number, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, i) => `N${first + i}`);
  for (const name of names)
    await imputedPerson(database.app, name, { from: FROM, days: DAYS, gaps: GAPS });
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const results = await Promise.all(names.map(impute));
  const used = process.cpuUsage(cpu);
  total.seconds += (performance.now() - began) / 1000;
  total.cpu += (used.user + used.system) / 1e6;
  total.imputed += results.reduce((sum, { imputed }) => sum + imputed, 0);
  const again = await Promise.all(names.map(impute));
  total.changedAgain += again.reduce((sum, { changed }) => sum + changed, 0);
  // Not one by one: that refreshes the hours of each, and nobody reads them.
  await database.owner.query("truncate study.participant, study.sample cascade");
}

async function impute(participant: string): Promise<ImputeResult> {
  const input = { participant, since: "2026-11-13" };
  const result: ImputeResult = await new MockActivityEnvironment().run(
    activities.imputeGaps,
    input,
  );
  assert.equal(result.days, 1);
  return result;
}

function summarise() {
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    participants,
    gaps: participants * GAPS.length,
    minutes_imputed: total.imputed,
    seconds: round(total.seconds),
    seconds_per_1000: round((1000 * total.seconds) / participants),
    cpu_seconds_of_this_process: round(total.cpu),
    changed_by_running_again: total.changedAgain,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
