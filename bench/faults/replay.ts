import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { workflowBundle } from "../../worker/workflow-bundle.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const recorded = new URL("../../testing/histories/", import.meta.url);
/** Every history would do; so many take some seconds. */
const MOST = 300;

/** T32: what is under way goes on with today's code. */
export const historiesReplayed: FaultTest<Bench> = {
  id: "T32",
  promise:
    "recorded histories, and those of all runs that were disturbed here, replay without another decision",
  async run({ installation: { client } }) {
    const logger = new DefaultLogger("ERROR");
    Runtime.install({ logger });
    const bundle = await workflowBundle();
    const broken: string[] = [];
    const replay = async (id: string, history: unknown) => {
      await Worker.runReplayHistory({ workflowBundle: bundle }, history).catch((error: unknown) => {
        broken.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
      });
    };
    const names = readdirSync(recorded);
    for (const name of names)
      await replay(name, JSON.parse(await readFile(new URL(name, recorded), "utf8")));
    let own = 0;
    for await (const { workflowId, runId } of client.workflow.list()) {
      if (own >= MOST) break;
      own += 1;
      await replay(workflowId, await client.workflow.getHandle(workflowId, runId).fetchHistory());
    }
    return {
      passed: broken.length === 0 && own > 0,
      figure: [
        figureOf({ recorded: names.length, of_this_session: own, broken: broken.length }),
        ...broken,
      ].join("; "),
    };
  },
};
