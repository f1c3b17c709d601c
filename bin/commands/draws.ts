import { parseArgs } from "node:util";
import { drawImputed } from "../../activities/draw-imputed.ts";
import { createImputationPool } from "../../activities/imputation-pool.ts";
import type { Command } from "./installation.ts";

/** draws PARTICIPANT --day YYYY-MM-DD: draws of the day's filled gaps as CSV, the same each time. */
export const draws: Command = {
  usage: "draws PARTICIPANT --day YYYY-MM-DD [--count 20] [--source google-health]",
  async run(args, { db }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        day: { type: "string" },
        count: { type: "string", default: "20" },
        source: { type: "string", default: "google-health" },
      },
    });
    const [participant] = positionals;
    const [count, day] = [Number(values.count), values.day];
    if (participant === undefined || day === undefined || !(count >= 1 && count <= 1000))
      throw new Error(`usage: npm run wearflow -- ${draws.usage}`);
    const imputation = createImputationPool({ threads: 1 });
    const deps = { db, sourceName: values.source, imputation };
    const gaps = await drawImputed(deps, { participant, day, count }).finally(imputation.close);
    console.log("time,draw,bpm");
    for (const { startsAt, paths } of gaps)
      for (const [draw, path] of paths.entries())
        for (const [minute, bpm] of path.entries()) {
          const time = new Date(startsAt.getTime() + minute * 60_000).toISOString();
          console.log(`${time},${draw + 1},${bpm.toFixed(1)}`);
        }
  },
};
