import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import type { Bench } from "./faults/bench.ts";
import { createBench } from "./faults/bench.ts";
import { changingClocks } from "./faults/changing-clocks.ts";
import { auditTamperedWith, auditUnderWriters } from "./faults/desk/audit.ts";
import type { Desk } from "./faults/desk/desk.ts";
import { createDesk } from "./faults/desk/desk.ts";
import { crossSite, ledElsewhere } from "./faults/desk/hostile-requests.ts";
import { sqlInjected } from "./faults/desk/injections.ts";
import { providerFails } from "./faults/desk/provider.ts";
import { forgedReports, repeatedReports, shuffledReports } from "./faults/desk/reports.ts";
import { scriptsInjected } from "./faults/desk/scripts.ts";
import { clickedOften, headersInjected, notToBeWrittenTo } from "./faults/desk/sending.ts";
import { deadSessions, passwordsGuessed } from "./faults/desk/sign-in.ts";
import { everythingErased } from "./faults/erasure.ts";
import type { FaultTest, Finding } from "./faults/finding.ts";
import { diesWithReply, refreshRace } from "./faults/grants.ts";
import { judgeSees } from "./faults/judge.ts";
import { databaseKilled, temporalKilled, workerKilled } from "./faults/kills.ts";
import { lateIntoCompressed } from "./faults/late.ts";
import { notificationsForged } from "./faults/notifications.ts";
import { databaseDown } from "./faults/outage.ts";
import { brokenBodies, strangePaging, strangeReadings } from "./faults/pages.ts";
import { projectRefused } from "./faults/refusals.ts";
import { grantsRefused } from "./faults/refused-grants.ts";
import { historiesReplayed } from "./faults/replay.ts";
import { secretsStayOutside } from "./faults/secrets.ts";
import { skewedClocks } from "./faults/skewed-clocks.ts";
import { flapping, rateLimitStorm } from "./faults/storm.ts";
import { clearFaults } from "./faults/upstream.ts";

/**
 * npm run faults: what the product promises to bear, done to a whole installation (database, Temporal, worker, pages,
 * simulator, as `npm start` brings them up) and to its parts where a clock must be moved. Each line says what was
 * promised and what was found; the last one is JSON.
 *   npm run faults -- --only T1,T5 --seed 7
 */
const { values } = parseArgs({ options: { only: { type: "string" }, seed: { type: "string" } } });
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const only = values.only?.split(",");

/** On the installation, in an order in which none is in another's way. */
const onInstallation: readonly FaultTest<Bench>[] = [
  judgeSees,
  workerKilled,
  temporalKilled,
  databaseDown,
  databaseKilled,
  rateLimitStorm,
  flapping,
  strangePaging,
  brokenBodies,
  strangeReadings,
  projectRefused,
  secretsStayOutside,
  everythingErased,
  historiesReplayed,
];

/** On parts of it whose clock is moved: source, activities and database, over HTTP, without Temporal. */
const onParts: readonly FaultTest<null>[] = [
  changingClocks,
  lateIntoCompressed,
  skewedClocks,
  refreshRace,
  diesWithReply,
  grantsRefused,
  notificationsForged,
  auditUnderWriters,
  auditTamperedWith,
];

/** On the coordinators' pages and what sends for them, on a database of their own and without Temporal. */
const onDesk: readonly FaultTest<Desk>[] = [
  repeatedReports,
  shuffledReports,
  forgedReports,
  clickedOften,
  providerFails,
  headersInjected,
  crossSite,
  ledElsewhere,
  passwordsGuessed,
  deadSessions,
  sqlInjected,
  scriptsInjected,
  notToBeWrittenTo,
];

const asked = ({ id }: Readonly<{ id: string }>) => only === undefined || only.includes(id);
const results: Readonly<{ id: string; finding: Finding }>[] = [];

console.log(`seed ${seed}`);
const tests = onInstallation.filter(asked);
if (tests.length > 0) {
  const bench = await createBench(seed);
  try {
    for (const test of tests) {
      await judge(test, bench);
      // What a broken one left behind is not in the way of the next.
      await clearFaults(bench.installation);
    }
    if (bench.installation.fatal.length > 0) console.log(bench.installation.fatal.join("\n"));
  } finally {
    await bench.installation.stop();
  }
}
for (const test of onParts.filter(asked)) await judge(test, null);
const deskTests = onDesk.filter(asked);
if (deskTests.length > 0) {
  const desk = await createDesk();
  for (const test of deskTests) await judge(test, desk);
  await desk.world.stop();
}
const failed = results.filter(({ finding }) => !finding.passed).map(({ id }) => id);
console.log(JSON.stringify({ tests: results.length, failed: failed.length, which: failed }));
process.exitCode = failed.length === 0 ? 0 : 1;

async function judge<World>({ id, promise, run }: FaultTest<World>, world: World): Promise<void> {
  const began = performance.now();
  const finding = await run(world).catch(
    (error: unknown): Finding => ({ passed: false, figure: wordsOf(error) }),
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  results.push({ id, finding });
  console.log(
    `${id} ${finding.passed ? "kept" : "BROKEN"} (${seconds} s) ${promise}: ${finding.figure}`,
  );
}

/** What went wrong, with what lay behind it. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${wordsOf(error.cause)})`;
}
