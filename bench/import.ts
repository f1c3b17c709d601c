import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { countImported } from "../sql/import-days.ts";
import { createImportWorld, study } from "../testing/import-world.ts";

/**
 * npm run bench:import: reads the real recordings of ../shared/data/fitabase into a fresh database, twice, without
 * Temporal. It fails unless what is stored is what their README counts, and the second time changes nothing.
 */
const { values } = parseArgs({
  options: { folder: { type: "string", default: "../shared/data/fitabase" } },
});

const EXPECTED = {
  participants: 33,
  heartRateSamples: 1_296_340,
  stepMinutes: 195_856,
  steps: 6_938_153,
  sleepSessions: 1,
  sleepDays: 410,
  activityDays: 940,
  weights: 67,
};

const world = await createImportWorld();
try {
  const first = await timed();
  assert.deepEqual(await countImported(world.database.app, study, "fitabase"), EXPECTED);
  assert.equal(first.stepMinutes, 1_298_700);
  const second = await timed();
  assert.equal(second.changed, 0);
  assert.deepEqual(await countImported(world.database.app, study, "fitabase"), EXPECTED);
  console.log(
    JSON.stringify({
      lines: first.lines,
      readings: first.readings,
      first_seconds: first.seconds,
      first_lines_per_second: Math.round(first.lines / first.seconds),
      second_seconds: second.seconds,
      second_lines_per_second: Math.round(second.lines / second.seconds),
      changed_by_second: second.changed,
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
} finally {
  await world.stop();
}

async function timed() {
  const began = performance.now();
  const { archive, files } = await world.importAll(values.folder);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const sum = (count: (file: (typeof files)[number]) => number) =>
    files.reduce((total, file) => total + count(file), 0);
  const steps = files.filter((_, at) => archive.files[at]?.kind === "minuteStepsWide");
  return {
    seconds,
    lines: sum(({ counts }) => counts.lines),
    readings: sum(({ counts }) => counts.readings),
    changed: sum(({ counts }) => counts.inserted + counts.updated),
    stepMinutes: steps.reduce((total, { counts }) => total + counts.readings, 0),
  };
}
