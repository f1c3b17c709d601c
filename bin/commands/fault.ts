import { parseArgs } from "node:util";
import { readReason } from "../../set-up/reason.ts";
import { endPipelineFault, listPipelineFaults } from "../../sql/pipeline-faults.ts";
import type { Command } from "./installation.ts";

/** fault list|end: when too many connections were refused at once, and ops' word that it is over. */
export const fault: Command = {
  usage: "fault list [--study SLUG] | end SLUG --why WHY",
  async run([verb = "", ...args], { db, actor }) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { study: { type: "string" }, why: { type: "string" } },
    });
    const [slug] = positionals;
    if (verb === "end" && slug !== undefined) {
      await endPipelineFault(db, slug, { by: actor, why: readReason(values.why) });
      console.log(`The fault in ${slug} is ended: what sources say from now on is believed again.`);
      return;
    }
    if (verb !== "list") throw new Error(`usage: npm run wearflow -- ${fault.usage}`);
    const faults = await listPipelineFaults(db, values.study ?? null);
    if (faults.length === 0) console.log("There was no pipeline fault.");
    for (const { study, beganAt, reason, held, endedAt, endedBy } of faults) {
      const end = endedAt === null ? "open" : `ended ${endedAt.toISOString()} by ${endedBy}`;
      console.log(`${study}: ${beganAt.toISOString()}, ${reason}; ${held} held back; ${end}`);
    }
  },
};
