import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { between, costOf } from "./process-cost.ts";
import { benchWorld, daysAgo } from "./world.ts";

/**
 * npm run bench:runs: every participant's run with its real shape (plan → fetch → settle), all at once, as after a
 * night's outage. How many runs and activities a second, and what worker and Temporal server use.
 */
const { values } = parseArgs({ options: { participants: { type: "string", default: "1000" } } });
const participants = Number(values.participants);
/** planIngest, fetchHeartRate, fetchActivity, settleIngest. */
const ACTIVITIES_A_RUN = 4;

const world = await benchWorld(participants, daysAgo(1));
const { app } = world.database;
try {
  console.log(`${participants} participants are enrolled since yesterday and connected`);
  const serverBefore = costOf(world.temporal.serverPid);
  const began = performance.now();
  const worker = await world.startWorker();
  const workerBefore = costOf(worker.pid);
  const finished = async () => {
    const { rows } = await app.query<{ n: number }>(
      "select count(distinct participant_id)::int as n from study.ingest_run",
    );
    return rows[0]?.n ?? 0;
  };
  for (let n = 0; n < participants; n = await finished()) await wait(1000);
  const wallSeconds = (performance.now() - began) / 1000;
  const { rows } = await app.query<{ samples: number; incomplete: number }>(
    `select (select sum(inserted)::int from study.ingest_run) as samples,
       (select count(*)::int from study.ingest_run where outcome <> 'complete') as incomplete`,
  );
  const rounded = (value: number) => Math.round(value * 10) / 10;
  const result = {
    participants,
    wall_s: rounded(wallSeconds),
    runs_per_s: rounded(participants / wallSeconds),
    activities_per_s: rounded((participants * ACTIVITIES_A_RUN) / wallSeconds),
    samples: rows[0]?.samples ?? 0,
    incomplete_runs: rows[0]?.incomplete ?? -1,
    worker: between(workerBefore, costOf(worker.pid)),
    temporal_server: between(serverBefore, costOf(world.temporal.serverPid)),
  };
  console.log(JSON.stringify(result));
} finally {
  await world.stop();
}
