import { parseArgs } from "node:util";
import { z } from "zod";
import { judgeParticipant } from "../activities/judge-participant.ts";
import { compressChunks } from "../sql/maintenance.ts";
import { testDatabase } from "../testing/database.ts";
import { fillWornYear } from "../testing/worn-year.ts";
import { profiled, sharesByPlace } from "./cpu-profile.ts";
import { costOf } from "./process-cost.ts";

/**
 * npm run bench:judging -- --participants 50 --days 365: what judging costs, in CPU seconds of this process and of the
 * embedded database: all days for the first time, all days again (nothing may change), and the days one daily run touches.
 */
const Options = z.object({
  participants: z.coerce.number().int().min(1).default(10),
  days: z.coerce.number().int().min(20).default(365),
});
const text = { type: "string" } as const;
const { participants, days } = Options.parse(
  parseArgs({ options: { participants: text, days: text } }).values,
);
const UNTIL = new Date("2026-11-20T00:00:00Z");
const NOW = new Date(UNTIL.getTime() + 13 * 3_600_000);
/** As COMPRESS_AFTER_DAYS has it by default. */
const COMPRESS_BEFORE = new Date(UNTIL.getTime() - 14 * 86_400_000);
const SHOWN_PLACES = 15;

const database = await testDatabase();
const { app, owner, pid } = database;
if (pid === null)
  throw new Error("CPU is measured of the embedded database only: unset DATABASE_URL");
try {
  const ids = await fillWornYear(owner, { people: participants, days, until: UNTIL }, () =>
    compressChunks(owner, COMPRESS_BEFORE),
  );
  await owner.query("analyze");
  const years = (participants * days) / 365;
  const measure = async (
    what: string,
    work: (id: number) => ReturnType<typeof judgeParticipant>,
  ) => {
    const [began, own, theirs] = [performance.now(), process.cpuUsage(), costOf(pid)];
    const sum = { days: 0, changed: 0, gaps: 0 };
    const { profile } = await profiled(async () => {
      for (const id of ids) {
        const { days: judged, changed } = await work(id);
        sum.days += judged;
        sum.changed += changed.days;
        sum.gaps += changed.gaps;
      }
    });
    const used = process.cpuUsage(own);
    const cost = {
      seconds: round((performance.now() - began) / 1000),
      own_cpu: round((used.user + used.system) / 1e6),
      database_cpu: round(costOf(pid).cpuSeconds - theirs.cpuSeconds),
    };
    const places = sharesByPlace(profile).slice(0, SHOWN_PLACES);
    console.log(what, JSON.stringify({ ...sum, ...cost }));
    for (const [place, share] of places) console.log(`  ${(share * 100).toFixed(1)} % ${place}`);
    return cost;
  };
  const all = (id: number) => judgeParticipant(app, id, { all: "command" }, NOW);
  const first = await measure("all days, first", all);
  const again = await measure("all days, again", all);
  const newest = new Date(UNTIL.getTime() - 86_400_000).toISOString().slice(0, 10);
  const run = await measure("one run", (id) =>
    judgeParticipant(app, id, { touched: [newest] }, NOW),
  );
  const perYear = ({ own_cpu, database_cpu }: typeof first) =>
    round((own_cpu + database_cpu) / years);
  console.log(
    JSON.stringify({
      participants,
      days,
      first_cpu_seconds_a_year: perYear(first),
      again_cpu_seconds_a_year: perYear(again),
      again_wall_seconds_a_year: round(again.seconds / years),
      run_cpu_seconds: round((run.own_cpu + run.database_cpu) / participants),
    }),
  );
} finally {
  await database.stop();
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
